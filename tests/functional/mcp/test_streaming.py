"""Tools that wait for a model: answered as a stream where the client can read one."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.corpus import Corpus
from tests.functional.mcp.asking import MODERN, send
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

pytestmark = pytest.mark.databases("sqlite")

BOTH = {"Accept": "application/json, text/event-stream"}
LAMP = "When does the keeper light the lamp?"


def call(client: FlaskClient, tool: str, **more: Any) -> TestResponse:
    params = {"name": tool, "arguments": {"question": LAMP} | more}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    return send(client, body, **BOTH)


def event_of(answer: TestResponse) -> Any:
    """Return the message in the one event of a stream."""
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/event-stream")
    kind, data, *rest = answer.text.split("\n")
    assert (kind, rest) == ("event: message", ["", ""])
    told = json.loads(data.removeprefix("data: "))
    assert (told["jsonrpc"], told["id"]) == ("2.0", 7)
    return told


@pytest.fixture
def guide(client: FlaskClient, corpus: Corpus) -> str:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    assert client.post("/api/v1/chats", json=body).json["code"] == 0
    return "guide"


def test_an_assistant_answers_with_one_event(
    client: FlaskClient, guide: str, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At dusk", " [ID:0]."))
    told = event_of(call(client, "ask", assistant=guide))
    assert told["result"]["isError"] is False
    assert told["result"]["structuredContent"]["answer"] == "At dusk [ID:0]."


def test_what_goes_wrong_is_an_event_too(
    client: FlaskClient, guide: str, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(Reply(400, [b'{"error": "no such model"}']))
    told = event_of(call(client, "ask", assistant=guide))["result"]
    assert told["isError"] is True
    assert "no such model" in told["content"][0]["text"]
    told = event_of(call(client, "ask", assistant="nobody"))["result"]
    assert (told["isError"], "nobody" in told["content"][0]["text"]) == (True, True)
    params = {"name": "ask", "arguments": []}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    assert event_of(send(client, body, **BOTH))["error"]["code"] == -32602


def test_the_newer_era_reads_the_same(client: FlaskClient, guide: str) -> None:
    prefix = "io.modelcontextprotocol/"
    meta = {f"{prefix}protocolVersion": MODERN, f"{prefix}clientCapabilities": {}}
    arguments = {"question": LAMP, "assistant": guide}
    params = {"name": "ask", "arguments": arguments, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    headers = {"mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "ask"}
    result = event_of(send(client, body, **headers, **BOTH))["result"]
    assert result["resultType"] == "complete"
    assert "lamp" in result["structuredContent"]["answer"]


def test_what_is_quick_is_json(client: FlaskClient, guide: str) -> None:
    answer = call(client, "search")
    assert answer.content_type == "application/json"
    assert answer.json["result"]["isError"] is False
    only_json = {"Accept": "application/json"}
    params = {"name": "ask", "arguments": {"question": LAMP, "assistant": guide}}
    body = {"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params}
    assert send(client, body, **only_json).json["result"]["isError"] is False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/.well-known/oauth-protected-resource/mcp"),
        ("GET", "/.well-known/oauth-protected-resource"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/oauth-authorization-server/mcp"),
        ("GET", "/.well-known/openid-configuration"),
        ("POST", "/register"),
    ],
)
def test_who_looks_for_oauth_is_told_to_use_a_key(
    anonymous: FlaskClient, method: str, path: str
) -> None:
    answer = anonymous.open(path, method=method)
    assert (answer.status_code, answer.json["error"]) == (404, "not_found")
    assert "use an API key" in answer.json["error_description"]
