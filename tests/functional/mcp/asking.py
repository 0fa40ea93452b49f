"""Asking the server as clients of MCP do."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

MODERN = "2026-07-28"


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
