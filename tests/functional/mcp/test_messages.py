"""MCP in both eras: what a client sends, and what it gets."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.container import Services
from api.http.application import follow
from tests.functional.conftest import Member
from tests.functional.corpus import TEXTS, Corpus, lay_down
from tests.functional.library import data_of

pytestmark = pytest.mark.databases("sqlite")

MODERN = "2026-07-28"
LAMP = "When does the keeper light the lamp?"


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    return lay_down(services, member.account.id)


def send(client: FlaskClient, body: object, **headers: str) -> TestResponse:
    return client.post("/mcp", json=body, headers=headers)


def old(client: FlaskClient, method: str, **params: object) -> Any:
    """Return the answer to a request of the era with a handshake; its status is always 200."""
    answer = send(client, {"jsonrpc": "2.0", "id": 0, "method": method, "params": params})
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert (answer.json["jsonrpc"], answer.json["id"]) == ("2.0", 0)
    return answer.json


def modern(client: FlaskClient, method: str, **params: object) -> TestResponse:
    """Return the answer to a request of the era without a handshake."""
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": MODERN, f"{prefix}clientCapabilities": {}}
    body = {"jsonrpc": "2.0", "id": "a", "method": method, "params": {**params, "_meta": meta}}
    named = params.get("name") or params.get("uri") or ""
    headers = {"mcp-protocol-version": MODERN, "mcp-method": method, "mcp-name": str(named)}
    return send(client, body, **headers)


def called(client: FlaskClient, tool: str, **arguments: object) -> dict[str, Any]:
    result = old(client, "tools/call", name=tool, arguments=arguments)["result"]
    assert result["isError"] is False, result
    found: dict[str, Any] = result["structuredContent"]
    return found


def failed(client: FlaskClient, tool: str, **arguments: object) -> str:
    result = old(client, "tools/call", name=tool, arguments=arguments)["result"]
    assert result["isError"] is True
    assert "structuredContent" not in result
    return str(result["content"][0]["text"])


# The protocol.


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


# Tools.


def test_the_schemas_of_tools_are_taken_by_all_clients(client: FlaskClient) -> None:
    listed = old(client, "tools/list")["result"]
    assert set(listed) == {"tools"}
    tools = {tool["name"]: tool for tool in listed["tools"]}
    assert list(tools) == ["search", "list_datasets", "list_documents", "read_document", "ask"]
    for tool in tools.values():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            assert schema["type"] == "object"
            assert "$ref" not in str(schema)
            assert "$defs" not in schema
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["description"]
    assert tools["search"]["inputSchema"]["required"] == ["question"]


def test_searching(client: FlaskClient, corpus: Corpus) -> None:
    found = called(client, "search", question=LAMP)
    best = found["hits"][0]
    assert best["content"] == TEXTS[0]
    assert best["document_id"] == corpus.document_id
    assert best["citation"].startswith("[1] keeper.md")
    assert best["uri"] == f"raglan://documents/{corpus.document_id}"
    assert 0 < best["similarity"] <= 1
    assert called(client, "search", question=LAMP, datasets=["handbook"]) == found
    assert called(client, "search", question=LAMP, datasets=[corpus.dataset_id]) == found
    assert len(called(client, "search", question="lamp", limit=1)["hits"]) == 1


def test_the_text_of_a_result_is_the_same_as_its_structure(
    client: FlaskClient, corpus: Corpus
) -> None:
    del corpus
    result = old(client, "tools/call", name="search", arguments={"question": LAMP})["result"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_what_there_is_is_listed(client: FlaskClient, corpus: Corpus) -> None:
    (dataset,) = called(client, "list_datasets")["datasets"]
    assert (dataset["id"], dataset["name"]) == (corpus.dataset_id, "handbook")
    assert dataset["updated"].endswith("Z")
    (document,) = called(client, "list_documents", dataset="handbook")["documents"]
    assert (document["id"], document["name"]) == (corpus.document_id, "keeper.md")
    assert called(client, "list_documents", dataset="handbook", keywords="x")["total"] == 0


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Return the id of a document with 60 chunks."""
    dataset = data_of(client.post("/api/v1/datasets", json={"name": "long"}))["id"]
    path = f"/api/v1/datasets/{dataset}/documents"
    form = {"file": (BytesIO(b"x"), "long.txt")}
    (made,) = data_of(client.post(path, data=form))
    for number in range(60):
        chunk = {"content": f"Line {number}."}
        data_of(client.post(f"{path}/{made['id']}/chunks", json=chunk))
    return str(made["id"])


def test_a_document_is_read_part_by_part(client: FlaskClient, document: str) -> None:
    first = called(client, "read_document", document_id=document)
    assert (first["name"], first["part"], first["parts"]) == ("long.txt", 1, 2)
    second = called(client, "read_document", document_id=document, part=2)
    whole = f"{first['text']}\n\n{second['text']}"
    assert whole == "\n\n".join(f"Line {number}." for number in range(60))
    assert called(client, "read_document", document_id=document, part=3)["text"] == ""


def test_an_assistant_is_asked(client: FlaskClient, corpus: Corpus) -> None:
    assert "no assistant" in failed(client, "ask", question=LAMP)
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    assert client.post("/api/v1/chats", json=body).json["code"] == 0
    answer = called(client, "ask", question=LAMP)
    assert "lamp" in answer["answer"]
    assert answer["citations"][0]["document_name"] == "keeper.md"
    assert answer["citations"][0]["marker"] in answer["answer"]
    assert called(client, "ask", question=LAMP, assistant="guide") == answer
    client.post("/api/v1/chats", json={"name": "second"})
    assert "several" in failed(client, "ask", question=LAMP)


@pytest.mark.parametrize(
    ("tool", "arguments", "sentence"),
    [
        ("search", {}, "question"),
        ("search", {"question": LAMP, "datasets": ["nothing"]}, "nothing"),
        ("search", {"question": LAMP, "limit": 1000}, "limit"),
        ("search", {"question": 7}, "question"),
        ("list_documents", {"dataset": "nothing"}, "nothing"),
        ("read_document", {"document_id": "0" * 32}, "0" * 32),
        ("read_document", {"document_id": "\0"}, "document_id"),
        ("ask", {"question": LAMP, "assistant": "nobody"}, "nobody"),
    ],
)
def test_what_goes_wrong_in_a_tool_is_told_to_the_model(
    client: FlaskClient, corpus: Corpus, tool: str, arguments: dict[str, object], sentence: str
) -> None:
    del corpus
    assert sentence in failed(client, tool, **arguments)


def test_a_tool_that_is_not_there_is_an_error(client: FlaskClient) -> None:
    assert old(client, "tools/call", name="delete_all")["error"]["code"] == -32602
    assert old(client, "tools/call", name="search", arguments=[])["error"]["code"] == -32602


def test_a_stranger_finds_nothing(stranger: FlaskClient, corpus: Corpus) -> None:
    assert called(stranger, "list_datasets")["total"] == 0
    assert old(stranger, "resources/list")["result"]["resources"] == []
    for tool, arguments in (
        ("search", {"question": LAMP, "datasets": [corpus.dataset_id]}),
        ("list_documents", {"dataset": corpus.dataset_id}),
        ("read_document", {"document_id": corpus.document_id}),
    ):
        assert TEXTS[0] not in failed(stranger, tool, **arguments)
    uri = f"raglan://documents/{corpus.document_id}"
    assert old(stranger, "resources/read", uri=uri)["error"]["code"] == -32602


# Resources.


def test_documents_are_resources(client: FlaskClient, corpus: Corpus) -> None:
    listed = old(client, "resources/list")["result"]
    assert "nextCursor" not in listed
    (resource,) = listed["resources"]
    assert (resource["name"], resource["mimeType"]) == ("keeper.md", "text/plain")
    assert resource["uri"].endswith(corpus.document_id)
    assert old(client, "resources/list", cursor=corpus.document_id)["result"]["resources"] == []
    (template,) = old(client, "resources/templates/list")["result"]["resourceTemplates"]
    assert template["uriTemplate"] == "raglan://documents/{document_id}"


def test_a_resource_is_read_part_by_part(client: FlaskClient, document: str) -> None:
    texts = []
    for ending in ("", "?part=2"):
        uri = f"raglan://documents/{document}{ending}"
        (content,) = old(client, "resources/read", uri=uri)["result"]["contents"]
        assert content["uri"] == uri
        texts += content["text"].split("\n\n")
    assert texts == [f"Line {number}." for number in range(60)]


@pytest.mark.parametrize(
    "uri", ["", "file:///etc/passwd", "raglan://documents/x", "raglan://documents/x?part=0"]
)
def test_a_resource_that_is_not_there(client: FlaskClient, uri: str) -> None:
    assert old(client, "resources/read", uri=uri)["error"]["code"] == -32602
