"""What docs/identity.md shows, run as it stands on a server with two workers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.running import ROOT, end, wait_until
from tests.service.web import WebServer
from tests.support.directory import ADMIN, BASE, PASSWORD, directory
from tests.support.directory import SECRET as DIRECTORY_SECRET
from tests.support.providers import SECRET, Person, Provider, providers

PAGE = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
CONNECTIONS = 16
"""New ones, so that each of two workers gets some."""


def block(words: str) -> str:
    """Return the one block of the page that holds these words."""
    [found] = [text for text in BLOCKS if words in text]
    return found


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providers(1) as [found]:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    running = WebServer(tmp_path_factory.mktemp("identity") / "data")
    try:
        running.start()
        yield running
    finally:
        end(running)


def run(server: WebServer, lines: str, **variables: str) -> str:
    """Run lines of the page on the server's machine and return what they print."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-uc", lines],
        cwd=ROOT,
        env={**server.environment, **variables, "PATH": tools},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Error" not in done.stderr, done.stderr
    return done.stdout


def statuses(server: WebServer, token: str) -> set[int]:
    """Return how workers answer who has a session."""
    address, headers = f"{server.url}/api/v1/datasets", {"Authorization": token}
    return {
        requests.get(address, headers=headers, timeout=30).status_code for _ in range(CONNECTIONS)
    }


def test_people_sign_in_by_the_lines_of_the_page_and_out_on_all_workers(
    server: WebServer, provider: Provider
) -> None:
    callback = f"{server.url}/v1/user/oauth/callback/oidc"
    provider.control(redirects=[callback], logout=f"{server.url}/oauth/oidc/logout")
    lines = block("oidc.client_secret").replace("https://id.example.org", provider.issuer)
    lines = lines.replace("https://raglan.example.org", server.url)
    printed = run(server, lines, SECRET=SECRET)
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
    anna.sign_out(provider)
    assert statuses(server, token) == {401}


def test_people_of_a_directory_sign_in_by_the_lines_of_the_page(server: WebServer) -> None:
    with directory() as found:
        lines = block("ldap.bind_password").replace("cn=raglan,dc=example,dc=org", ADMIN)
        lines = lines.replace("ldap://ldap.example.org", f"ldap://127.0.0.1:{found.port}")
        assert f"ou=people,{BASE}" in lines
        trusted = f"raglan config set identity.ca_file {found.certificate}\n"
        printed = run(server, trusted + lines, SECRET=DIRECTORY_SECRET)
        assert re.search(r"ok +providers +.*ldap: .* answers", printed), printed

        def asks_for_names() -> bool:
            pages = [requests.get(f"{server.url}/console/signin", timeout=30) for _ in range(9)]
            return all("Name or e-mail address" in page.text for page in pages)

        wait_until(asks_for_names, "all workers to know the directory")
        sent = {"email": "berta (x)*", "password": PASSWORD}  # anna has an account already
        answer = requests.post(f"{server.url}/v1/user/login", json=sent, timeout=60).json()
        assert answer["code"] == 0, answer
        run(server, "raglan config set ldap.url --unset")  # the other test asks about providers
