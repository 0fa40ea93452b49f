"""MCP in both eras: what a client sends, and what it gets."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.container import Services
from api.http.application import follow
from tests.functional.corpus import Corpus
from tests.functional.mcp.asking import MODERN, modern, old, send

pytestmark = pytest.mark.databases("sqlite")


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [("2024-11-05", "2024-11-05"), ("2025-11-25", "2025-11-25"), ("1999-01-01", "2025-11-25")],
)
def test_a_handshake(client: FlaskClient, asked: str, agreed: str) -> None:
    answer = send(
        client,
        {
            "jsonrpc": "2.0",
            "id": 0,
            "method": "initialize",
            "params": {"protocolVersion": asked, "capabilities": {}, "clientInfo": {}},
        },
    )
    result = answer.json["result"]
    assert result["protocolVersion"] == agreed
    assert result["serverInfo"]["name"] == "raglan"
    assert set(result["capabilities"]) == {"tools", "resources"}
    assert "mcp-session-id" not in answer.headers


def test_a_notification_gets_no_body(client: FlaskClient) -> None:
    for method in ("notifications/initialized", "notifications/cancelled", "tools/call"):
        answer = send(client, {"jsonrpc": "2.0", "method": method})
        assert (answer.status_code, answer.data) == (202, b"")
    answer = send(client, {"jsonrpc": "2.0", "id": 1, "result": {}})
    assert (answer.status_code, answer.data) == (202, b"")


def test_the_newer_era_is_discovered(client: FlaskClient) -> None:
    answer = modern(client, "server/discover")
    result = answer.json["result"]
    assert result["supportedVersions"] == [MODERN]
    assert (result["resultType"], result["ttlMs"], result["cacheScope"]) == (
        "complete",
        0,
        "private",
    )
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "raglan"


def test_each_result_of_the_newer_era_says_that_it_is_complete(
    client: FlaskClient, corpus: Corpus
) -> None:
    listed = modern(client, "tools/list").json["result"]
    assert (listed["resultType"], listed["ttlMs"]) == ("complete", 0)
    done = modern(client, "tools/call", name="list_datasets", arguments={}).json["result"]
    assert done["resultType"] == "complete"
    assert "ttlMs" not in done
    uri = f"raglan://documents/{corpus.document_id}"
    read = modern(client, "resources/read", uri=uri).json["result"]
    assert (read["resultType"], read["cacheScope"]) == ("complete", "private")


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({"mcp-method": "ping"}, {}, -32020),
        ({"mcp-name": "ask"}, {}, -32020),
        ({"mcp-protocol-version": "2025-11-25"}, {}, -32020),
    ],
)
def test_headers_that_contradict_the_body(
    client: FlaskClient, body: dict[str, str], headers: dict[str, str], code: int
) -> None:
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": MODERN, f"{prefix}clientCapabilities": {}}
    right = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "search"}
    sent = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {}, "_meta": meta},
    }
    answer = send(client, sent, **{**right, **body, **headers})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)
    assert answer.json["id"] == 1


def test_a_name_in_a_header_may_be_encoded(client: FlaskClient) -> None:
    uri = "raglan://documents/ä"
    encoded = "=?base64?cmFnbGFuOi8vZG9jdW1lbnRzL8Ok?="
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": MODERN, f"{prefix}clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "resources/read"}
    headers = {"mcp-protocol-version": MODERN, "mcp-method": "resources/read"}
    answer = send(
        client, {**body, "params": {"uri": uri, "_meta": meta}}, **headers, **{"mcp-name": encoded}
    )
    assert answer.json["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("meta", "code"),
    [
        ({}, -32602),
        ({"protocolVersion": MODERN}, -32602),
        ({"protocolVersion": "2027-01-01", "clientCapabilities": {}}, -32022),
    ],
)
def test_what_the_newer_era_requires(
    client: FlaskClient, meta: dict[str, object], code: int
) -> None:
    told = {f"io.modelcontextprotocol/{key}": value for key, value in meta.items()}
    body = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": told}}
    headers = {"mcp-protocol-version": MODERN, "mcp-method": "server/discover"}
    answer = send(client, body, **headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)


def test_an_unknown_revision_is_told_what_is_known(client: FlaskClient) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = send(client, body, **{"mcp-protocol-version": "2020-01-01"})
    error = answer.json["error"]
    assert (answer.status_code, error["code"]) == (400, -32022)
    assert error["data"]["requested"] == "2020-01-01"
    assert MODERN in error["data"]["supported"]


def test_an_unknown_method_is_an_error_in_each_era(client: FlaskClient) -> None:
    assert old(client, "prompts/list")["error"]["code"] == -32601
    answer = modern(client, "prompts/list")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, -32601)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', -32600),
        (b"7", -32600),
        (b'{"id": 1, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1}', -32600),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', -32600),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []}', -32600),
    ],
)
def test_what_is_no_request(client: FlaskClient, body: bytes, code: int) -> None:
    answer = client.post("/mcp", data=body, content_type="application/json")
    assert (answer.status_code, answer.json["error"]["code"]) == (400, code)
    assert answer.json["jsonrpc"] == "2.0"


def test_there_are_no_streams_and_no_sessions(client: FlaskClient) -> None:
    for method in ("GET", "DELETE"):
        answer = client.open("/mcp", method=method, headers={"Accept": "text/event-stream"})
        assert answer.status_code == 405
        assert "POST" in answer.headers["Allow"]


def test_both_addresses_answer_without_a_redirect(client: FlaskClient) -> None:
    for path in ("/mcp", "/mcp/"):
        answer = client.post(path, json={"jsonrpc": "2.0", "id": 0, "method": "ping"})
        assert (answer.status_code, answer.json["result"]) == (200, {})


def test_a_key_is_needed(anonymous: FlaskClient) -> None:
    for key in ("", "Bearer ragflow-wrong"):
        answer = anonymous.post(
            "/mcp",
            json={"jsonrpc": "2.0", "id": 0, "method": "ping"},
            headers={"Authorization": key},
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert "key" in answer.json["error"]["message"].lower()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:9380"}, 200),
        ({"Host": "[::1]:9380"}, 200),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:9380"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Origin": "http://127.0.0.1"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[::1"}, 403),
    ],
)
def test_pages_of_other_sites_are_refused(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    body = {"jsonrpc": "2.0", "id": 0, "method": "ping"}
    assert send(client, body, **headers).status_code == status


def test_names_and_origins_in_the_settings_are_known(
    app: Flask, client: FlaskClient, services: Services, settings: Settings
) -> None:
    known = {"hosts": "raglan.example.org", "cors_origins": "https://app.example.org"}
    server = settings.server.model_copy(update=known)
    services.live.current = settings.model_copy(update={"server": server})
    follow(app, services.live.current)
    body = {"jsonrpc": "2.0", "id": 0, "method": "ping"}
    for headers in (
        {"Host": "raglan.example.org"},
        {"Origin": "https://app.example.org"},
        {"Host": "raglan.example.org", "Origin": "https://raglan.example.org"},
    ):
        assert send(client, body, **headers).status_code == 200
    assert send(client, body, Host="other.example.org").status_code == 403
