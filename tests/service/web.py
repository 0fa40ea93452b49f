"""The web server alone, with a model to talk to.

It is forked where its code is loaded already; `test_web` has one that is started from nothing.
"""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.model_endpoint import ModelEndpoint
from tests.running import KEY, Server, end
from tests.service.forked import Forked, forked


class WebServer(Server):
    """A server without ingest workers."""

    def launch(self) -> Forked:
        """Start gunicorn without waiting for anything."""
        self.process = forked(self.environment, self.data.parent / f"{self.data.name}.log")
        return self.process


@contextmanager
def web_server_alone_on(data: Path, **extra: str) -> Iterator[WebServer]:
    """Run a web server for a `with` block; nothing of it is left afterwards."""
    server = WebServer(data, extra=extra)
    try:
        server.start()
        yield server
    finally:
        end(server)


@contextmanager
def web_server_on(data: Path, endpoint: ModelEndpoint, **extra: str) -> Iterator[WebServer]:
    """Run a web server whose assistants use the endpoint's model."""
    model = {
        "RAGLAN_MODELS__CHAT_MODEL": "talker@Endpoint",
        "RAGLAN_MODELS__CHAT_BASE_URL": endpoint.url,
    }
    with web_server_alone_on(data, **{**model, **extra}) as server:
        yield server


@dataclass(frozen=True)
class Conversation:
    """A session of an assistant that reads no datasets."""

    server: Server
    chat: str
    session: str

    def ask(self, question: str = "Who keeps the light?", timeout: float = 60) -> requests.Response:
        """Send a question; the answer has begun when this returns."""
        return requests.post(
            f"{self.server.url}/api/v1/chats/{self.chat}/completions",
            json={"question": question, "session_id": self.session},
            headers={"Authorization": f"Bearer {KEY}"},
            stream=True,
            timeout=timeout,
        )

    def messages(self) -> list[str]:
        """Return what was said, without the opener."""
        path = f"/chats/{self.chat}/sessions/{self.session}"
        found = self.server.data_of("GET", path)["messages"]
        return [message["content"] for message in found[1:]]


def conversation_on(server: Server, name: str = "guide") -> Conversation:
    """Create an assistant and a session."""
    chat = server.data_of("POST", "/chats", json={"name": name})["id"]
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": "s"})["id"]
    return Conversation(server, chat, session)


def events(answer: requests.Response) -> Generator[dict[str, Any]]:
    """Yield the events of a stream as they arrive."""
    assert answer.status_code == 200, answer.text
    for line in answer.iter_lines(chunk_size=1):
        if line:
            assert line.startswith(b"data:"), line
            yield json.loads(line.removeprefix(b"data:"))
