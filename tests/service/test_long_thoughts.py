"""A model that says nothing for longer than any limit beside its own: each stream goes on."""

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from tests.command import RAGLAN
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, event, serve, stream
from tests.running import KEY
from tests.service.web import WebServer, web_server_on

SILENCE = 3.0
"""Seconds for which the model is silent; as seen from the limits below, what 320 s are from those
that a server has, or a client: Node's fetch gives up after 300 s without a byte."""

LIMITS = {
    "RAGLAN_CLIENTS__ANSWER_SILENCE": "1",
    "RAGLAN_CLIENTS__BODY_GRACE": "1",
    "RAGLAN_CLIENTS__BODY_SILENCE": "1",
    "RAGLAN_DATABASE__TIMEOUT": "1",
    "RAGLAN_MODELS__TIMEOUT": "1",
    "RAGLAN_SERVER__STREAM_SIGN": "0.1",
}

PATIENCE = (5.0, 2.0)
"""Seconds for which the client waits to connect, and for each byte: less than the silence."""

COMMENT = b": the answer is being made"

SIGNS: Mapping[str, bytes] = {
    "anthropic": b'data: {"type": "ping"}',
    "ollama": b'"message":{"role":"assistant","content":""},"response":"","done":false}',
}
"""What a stream says meanwhile, where that is no comment, which these clients do not pass over."""

ANSWER = "At dusk, the keeper lights it."
QUESTION = "When is the lamp lit?"
NAME = "the guide"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, endpoint: ModelEndpoint
) -> Iterator[WebServer]:
    data = tmp_path_factory.mktemp("thoughts") / "data"
    with web_server_on(data, endpoint, **LIMITS) as running:
        yield running


@pytest.fixture(scope="module")
def chat(server: WebServer) -> str:
    return str(server.data_of("POST", "/chats", json={"name": NAME})["id"])


@contextmanager
def silent(endpoint: ModelEndpoint) -> Iterator[threading.Event]:
    """Let the model be silent before it answers the next question, until it may go on."""
    go_on = threading.Event()
    endpoint.script.append(said(*ANSWER.partition(" ")))
    endpoint.script[-1].after = go_on
    try:
        yield go_on
    finally:
        go_on.set()


@contextmanager
def set_later(go_on: threading.Event) -> Iterator[None]:
    """Let the model go on after its silence."""
    waiting = threading.Timer(SILENCE, go_on.set)
    waiting.start()
    try:
        yield
    finally:
        waiting.cancel()


def request_of(form: str, chat: str, session: str) -> tuple[str, dict[str, Any]]:
    """Return where and what a client of a dialect asks."""
    messages = [{"role": "user", "content": QUESTION}]
    conversation = {"model": NAME, "messages": messages, "stream": True}
    call = {"name": "ask", "arguments": {"question": QUESTION, "assistant": NAME}}
    forms: Mapping[str, tuple[str, dict[str, Any]]] = {
        "ragflow": (
            f"/api/v1/chats/{chat}/completions",
            {"question": QUESTION, "session_id": session},
        ),
        "openai": ("/v1/chat/completions", conversation),
        "older openai": (f"/api/v1/chats_openai/{chat}/chat/completions", conversation),
        "anthropic": ("/v1/messages", {**conversation, "max_tokens": 100}),
        "ollama": ("/api/chat", conversation),
        "mcp": ("/mcp", {"jsonrpc": "2.0", "id": 0, "method": "tools/call", "params": call}),
    }
    return forms[form]


def texts_of(form: str, lines: list[bytes]) -> str:
    """Return what the events of a stream say, put together."""
    events = [json.loads(line.removeprefix(b"data:")) for line in lines if b"{" in line]
    if form == "ragflow":
        return str(events[-2]["data"]["answer"])
    if form == "mcp":
        return str(events[-1]["result"]["structuredContent"]["answer"])
    if form == "anthropic":
        return "".join(event.get("delta", {}).get("text", "") for event in events)
    if form == "ollama":
        return "".join(event["message"]["content"] for event in events)
    deltas = (choice["delta"] for event in events for choice in event["choices"])
    return "".join(delta.get("content") or "" for delta in deltas)


@pytest.mark.parametrize(
    "form", ["ragflow", "openai", "older openai", "anthropic", "ollama", "mcp"]
)
def test_a_silent_model_is_waited_for(
    server: WebServer, endpoint: ModelEndpoint, chat: str, form: str
) -> None:
    session = server.data_of("POST", f"/chats/{chat}/sessions", json={"name": form})["id"]
    path, body = request_of(form, chat, session)
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Accept": "application/json, text/event-stream",
        "anthropic-version": "2023-06-01",
    }
    with (
        silent(endpoint) as go_on,
        requests.post(
            server.url + path, json=body, headers=headers, stream=True, timeout=PATIENCE
        ) as answer,
    ):
        assert answer.status_code == 200, "the headers come before the answer"
        with set_later(go_on):
            lines = [line for line in answer.iter_lines(chunk_size=1) if line]
    assert texts_of(form, lines).rstrip() == ANSWER
    assert sum(line.endswith(SIGNS.get(form, COMMENT)) for line in lines) > 3
    assert not [
        line
        for line in lines
        if b'"choices":[]' in line or line.endswith((b"data: {}", b"data:{}"))
    ]


def test_a_process_carries_other_messages_meanwhile(
    server: WebServer, endpoint: ModelEndpoint, chat: str
) -> None:
    assert chat
    _, asked = request_of("mcp", chat, "")
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    command = [RAGLAN, "mcp", "--url", server.url, "--key", KEY]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with silent(endpoint) as go_on, subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(asked)}\n{json.dumps(ping)}\n")
        process.stdin.close()
        assert json.loads(process.stdout.readline())["id"] == 1
        go_on.set()
        second = json.loads(process.stdout.readline())
        assert second["result"]["structuredContent"]["answer"] == ANSWER
        assert process.stdout.read() == ""
    assert process.returncode == 0


def test_a_process_ends_what_is_cancelled(
    server: WebServer, endpoint: ModelEndpoint, chat: str
) -> None:
    assert chat
    _, asked = request_of("mcp", chat, "")
    others = [
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "none"}},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 0}},
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
    ]
    endpoint.holding.clear()
    endpoint.gone.clear()
    endpoint.script.append(stream(event(content="At"), hold=True))
    command = [RAGLAN, "mcp", "--url", server.url, "--key", KEY]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        assert endpoint.holding.wait(30)
        process.stdin.write("".join(f"{json.dumps(other)}\n" for other in others))
        process.stdin.close()
        (answer,) = map(json.loads, process.stdout)
        assert answer["id"] == 1
    assert process.returncode == 0
    assert endpoint.gone.wait(30), "the model was not told"
