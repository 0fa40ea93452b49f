"""Published clients of MCP, of both eras and in two languages, against a started server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.clients.environments import Client, node_client, python_client
from tests.clients.keyed import keyed
from tests.command import RAGLAN
from tests.functional.corpus import TEXTS, Corpus
from tests.running import KEY
from tests.service.web import WebServer

CLIENTS = {
    "mcp_new.py": (python_client, "mcp==2.3.0"),
    "mcp_old.py": (python_client, "mcp==1.30.0"),
    "fastmcp_client.py": (python_client, "fastmcp==4.2.3"),
    "mcp_sdk.mjs": (node_client, "@modelcontextprotocol/sdk@1.32.2"),
    "mcp_client.mjs": (node_client, "@modelcontextprotocol/client@2.4.0"),
}
VERSIONS = {"mcp_new.py": "2026-07-28", "mcp_old.py": "2025-11-25"}
LAMP = "When does the keeper light the lamp?"
GUIDE = "the mcp guide"
SCENARIOS = ("server-initialize", "ping", "tools-list", "dns-rebinding-protection")


@pytest.fixture(params=CLIENTS)
def program(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(program: str) -> Client:
    make, package = CLIENTS[program]
    return make(package)


@pytest.fixture(scope="module")
def guide(server: WebServer, corpus: Corpus) -> str:
    body = {"name": GUIDE, "dataset_ids": [corpus.dataset_id]}
    return str(server.data_of("POST", "/chats", json=body)["id"])


def test_tools_and_resources(server: WebServer, guide: str, client: Client, program: str) -> None:
    path = "/mcp/" if program == "mcp_sdk.mjs" else "/mcp"
    told: dict[str, Any] = client.run(program, f"{server.url}{path}", KEY, LAMP, GUIDE)
    assert "error" not in told, told
    assert told.get("version") == VERSIONS.get(program)
    assert told["tools"] == ["search", "list_datasets", "list_documents", "read_document", "ask"]
    assert told["content"] == TEXTS[0]
    assert told["is_error"] is True
    assert told["sentence"] == "There is no dataset no."
    assert LAMP in told["answer"]
    assert "keeper.md" in told["resources"]
    assert guide


def test_a_wrong_key_is_an_error_of_the_client(
    server: WebServer, client: Client, program: str
) -> None:
    told = client.run(program, f"{server.url}/mcp", "ragflow-wrong", LAMP, GUIDE)
    assert set(told) == {"error"}
    if program.endswith(".mjs"):
        assert "The API key is not valid." in told["error"]


@pytest.mark.parametrize(("mode", "version"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
def test_a_process_forwards_messages(
    server: WebServer, corpus: Corpus, mode: str, version: str
) -> None:
    del corpus
    client = python_client("mcp==2.3.0")
    told = client.run("mcp_stdio.py", str(RAGLAN), server.url, KEY, LAMP, mode)
    assert told["version"] == version
    assert told["content"] == TEXTS[0]
    assert "search" in told["tools"]


def test_a_process_tells_that_there_is_no_server() -> None:
    message = (
        '{"jsonrpc": "2.0", "id": 7, "method": "tools/list"}\n{"jsonrpc": "2.0", "method": "x"}\n'
    )
    done = subprocess.run(
        [RAGLAN, "mcp", "--url", "http://127.0.0.1:1", "--key", KEY],
        input=message,
        capture_output=True,
        text=True,
        check=True,
    )
    (answer,) = map(json.loads, done.stdout.splitlines())
    assert answer["id"] == 7
    assert "does not answer" in answer["error"]["message"]


def test_who_wants_to_sign_in_is_told_to_use_a_key(server: WebServer) -> None:
    client = python_client("fastmcp==4.2.3")
    told = client.run("fastmcp_oauth.py", f"{server.url}/mcp")
    assert "use an API key" in told["error"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_conformance(server: WebServer, tmp_path: Path, scenario: str) -> None:
    suite = node_client("@modelcontextprotocol/conformance@0.1.16")
    program = suite.folder / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist"
    with keyed(server.port, KEY) as url:
        done = subprocess.run(
            [
                *(suite.interpreter, program / "index.js", "server"),
                *("--url", f"{url}/mcp", "--scenario", scenario, "-o", tmp_path),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout
    assert " 0 failed, 0 warnings" in done.stdout
