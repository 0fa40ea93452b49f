"""A small server of tools on a loopback port: one by OpenAPI, which can be told to misbehave."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.http_server import http_server

LIGHT = {
    "type": "object",
    "required": ["lamp"],
    "properties": {"lamp": {"type": "string"}, "how": {"$ref": "#/components/schemas/How"}},
}
NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
BIG = {"name": "big", "in": "query", "schema": {"type": "boolean"}, "description": "Is it?"}

DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Lamps", "version": "1"},
    "paths": {
        "/lamps/{name}": {
            "get": {"operationId": "find_lamp", "summary": "Find a lamp", "parameters": [NAME, BIG]}
        },
        "/light": {
            "post": {
                "operationId": "light",
                "description": "Light a lamp",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Light"}}
                    }
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Light": LIGHT,
            "How": {"type": "integer", "allOf": [{"$ref": "#/components/schemas/How"}]},
        }
    },
}


@dataclass
class ToolServer:
    """What the server was asked, as `METHOD path`, and what it answers where that is not usual.

    A path that `hangs` gets no answer before `ended` is set.
    """

    url: str
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)

    def asked(self) -> list[str]:
        """Return what was asked."""
        return [line for line, _, _ in self.received]


class _Handler(BaseHTTPRequestHandler):
    server_of_tools: ToolServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        told = self.server_of_tools
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = f"{self.command} {self.path}"
        told.received.append((line, dict(self.headers), body))
        if self.path in told.hangs:
            told.ended.wait(60)
        usual = {"lamp": self.path} if self.path != "/openapi.json" else DESCRIPTION
        status, content = told.answers.get(self.path, (200, json.dumps(usual).encode()))
        with suppress(ConnectionError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve_tools() -> Iterator[ToolServer]:
    """Run a server of tools for the length of a `with` block."""
    handler = type("Handler", (_Handler,), {})
    with http_server(handler) as url:
        running = ToolServer(url)
        handler.server_of_tools = running
        try:
            yield running
        finally:
            running.ended.set()
