"""What docs/identity.md shows, run as it stands on a server with two workers."""

import json
import re
import smtplib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.clients.environments import python_client
from tests.components import running
from tests.running import ROOT, free_port, wait_until
from tests.service.web import WebServer, web_server_alone_on
from tests.support.directory import ADMIN, BASE, PASSWORD, directory
from tests.support.directory import SECRET as DIRECTORY_SECRET
from tests.support.providers import SECRET, Person, Provider, certificate_for, providers
from tests.support.terminal import Terminal, blocks_of

ELSEWHERE = ("oidc.client_secret", "ldap.bind_password", "RAGLAN_SMTP__HOST", "pip install")
"""Blocks that need servers of others, and have tests of their own; and one that installs."""

TOOLS = ["search", "list_datasets", "list_documents", "read_document", "ask"]
CONNECTIONS = 16
"""New ones, so that each of two workers gets some."""


def block(words: str) -> str:
    """Return the one block of the page that holds these words."""
    assert words in ELSEWHERE
    [found] = [text for text in blocks_of("identity.md") if words in text]
    return found


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providers(1) as [found]:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server_alone_on(tmp_path_factory.mktemp("identity") / "data") as running:
        yield running


@pytest.fixture
def terminal(server: WebServer, tmp_path: Path) -> Terminal:
    return Terminal(server, tmp_path)


def learn(terminal: Terminal, printed: str) -> None:
    """Have the next line know the tokens that an answer of the API has brought."""
    if printed.startswith("{"):
        answer = json.loads(printed)
        assert answer.get("code") == 0 or "schemas" in answer, printed
        data = answer.get("data")
        for name in ("access", "refresh"):
            if isinstance(data, dict) and f"{name}_token" in data:
                terminal.variables[name.upper()] = data[f"{name}_token"]


def test_the_lines_of_the_page_lead_from_one_account_to_groups_and_a_provider_of_people(
    server: WebServer, terminal: Terminal
) -> None:
    terminal.variables["DATASET"] = server.dataset()
    blocks = [text for text in blocks_of("identity.md") if not any(map(text.count, ELSEWHERE))]
    assert len(blocks) > 8
    for text in blocks:
        for printed in terminal.lines(text):
            learn(terminal, printed)
    people = {one["email"]: one["role"] for one in server.data_of("GET", "/users")["users"]}
    made = {"nia@example.org": "user", "provider@example.org": "administrator"}
    assert made.items() <= people.items()
    assert "gil@example.org" not in people
    assert "keys" in terminal.run("raglan groups permissions Support")[0]
    terminal.run("raglan config set auth.denied --unset")


def test_what_the_page_installs_is_an_extra_that_there_is() -> None:
    installed = re.findall(r"raglan\[(\w+)\]", block("pip install"))
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert installed == ["identity"]
    assert installed[0] in extras["optional-dependencies"]


def test_mail_goes_out_by_the_lines_of_the_page(terminal: Terminal, tmp_path: Path) -> None:
    key, certificate = certificate_for(tmp_path)
    port = free_port()
    program = [sys.executable, str(ROOT / "tests/support/smtp_sink.py"), str(port), str(tmp_path)]
    terminal.known["smtp.example.org"] = "127.0.0.1"
    terminal.variables["RAGLAN_SMTP__PORT"] = str(port)
    terminal.variables["RAGLAN_SMTP__CA_FILE"] = str(certificate)

    def ready() -> None:
        smtplib.SMTP("127.0.0.1", port, timeout=1).close()

    with running([*program, str(certificate), str(key)], ready, port, tmp_path / "log"):
        printed = terminal.run(block("RAGLAN_SMTP__HOST"))[-1]
    assert f"127.0.0.1:{port} takes mail" in printed


def statuses(server: WebServer, token: str) -> set[int]:
    """Return how workers answer who has a session."""
    address, headers = f"{server.url}/api/v1/datasets", {"Authorization": token}
    return {
        requests.get(address, headers=headers, timeout=30).status_code for _ in range(CONNECTIONS)
    }


def test_people_sign_in_by_the_lines_of_the_page_and_out_on_all_workers(
    server: WebServer, terminal: Terminal, provider: Provider
) -> None:
    callback = f"{server.url}/v1/user/oauth/callback/oidc"
    provider.control(redirects=[callback], logout=f"{server.url}/oauth/oidc/logout")
    terminal.known |= {
        "https://id.example.org": provider.issuer,
        "https://raglan.example.org": server.url,
    }
    terminal.variables["SECRET"] = SECRET
    printed = terminal.run(block("oidc.client_secret"))[-1]
    assert re.search(rf"ok +providers +oidc: {provider.issuer} has 1 keys", printed), printed

    def offered() -> bool:
        pages = [requests.get(f"{server.url}/console/signin", timeout=30) for _ in range(9)]
        return all("/console/signin/oidc" in page.text for page in pages)

    wait_until(offered, "all workers to know the provider")
    anna, here = Person(), requests.Session()
    begun = here.get(f"{server.url}/console/signin/oidc", allow_redirects=False, timeout=30)
    sent_back = anna.visit(begun.headers["Location"], callback)
    landed = here.get(callback, params=sent_back, allow_redirects=False, timeout=30)
    assert landed.headers["Location"] == "/console"
    token = here.cookies["raglan_session"]
    assert statuses(server, token) == {200}
    assert SECRET not in server.log
    assert sent_back["code"] not in server.log
    program_gets_in(server, terminal)
    anna.sign_out(provider)
    wait_until(lambda: statuses(server, token) == {401}, "all workers to refuse the session")


def program_gets_in(server: WebServer, terminal: Terminal) -> None:
    """Have a program without a key sign its user in, by the lines of the page about MCP."""
    [lines] = blocks_of("mcp.md")
    terminal.run(lines)
    address = f"{server.url}/.well-known/oauth-protected-resource"

    def told() -> bool:
        return {requests.get(address, timeout=30).status_code for _ in range(9)} == {200}

    wait_until(told, "all workers to know whose tokens count")
    client = python_client("mcp==2.3.0")
    assert client.run("mcp_oauth.py", f"{server.url}/mcp") == {"tools": TOOLS, "sign_ins": 1}


def test_people_of_a_directory_sign_in_by_the_lines_of_the_page(
    server: WebServer, terminal: Terminal
) -> None:
    with directory() as found:
        terminal.known |= {
            "cn=raglan,dc=example,dc=org": ADMIN,
            "ldap://ldap.example.org": f"ldap://127.0.0.1:{found.port}",
        }
        terminal.variables["SECRET"] = DIRECTORY_SECRET
        terminal.run(f"raglan config set identity.ca_file {found.certificate}")
        assert f"ou=people,{BASE}" in block("ldap.bind_password")
        printed = terminal.run(block("ldap.bind_password"))[-1]
        assert re.search(r"ok +providers +.*ldap: .* answers", printed), printed

        def asks_for_names() -> bool:
            pages = [requests.get(f"{server.url}/console/signin", timeout=30) for _ in range(9)]
            return all("Name or e-mail address" in page.text for page in pages)

        wait_until(asks_for_names, "all workers to know the directory")
        sent = {"email": "berta (x)*", "password": PASSWORD}  # anna has an account already
        answer = requests.post(f"{server.url}/v1/user/login", json=sent, timeout=60).json()
        assert answer["code"] == 0, answer
        terminal.run("raglan config set ldap.url --unset")  # other tests ask the doctor, too
