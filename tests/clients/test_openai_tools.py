"""Tools of plain models by published clients, and the models as they list them."""

import json
from typing import Any

import pytest

from tests.clients.environments import node_client, python_client
from tests.model_endpoint import ModelEndpoint, Received, Reply, stream
from tests.running import KEY
from tests.service.web import WebServer

TALKER = "talker@Endpoint"
PYTHONS = ("openai==2.54.0", "openai==3.57.0")
AI = ("ai@6.0.326", "@ai-sdk/openai@3.0.141", "zod@4.1.8")
LANGCHAIN = ("langchain-openai==1.7.4", "langchain-core==1.8.3")
DONE = b"data: [DONE]\n\n"
CALLED = ["call_1", "light", {"lamp": "the big one"}]

FUNCTION = {"name": "light", "arguments": json.dumps({"lamp": "the big one"})}
CALL = {"id": "call_1", "type": "function", "function": FUNCTION}


HEAD = {"id": "x", "created": 1, "model": "talker"}


def completion(message: dict[str, Any], finish_reason: str) -> Reply:
    """Return a whole answer."""
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    told = {**HEAD, "object": "chat.completion", "choices": [choice], "usage": usage}
    return Reply(pieces=[json.dumps(told).encode()])


def chunk(finish_reason: str | None = None, **delta: Any) -> bytes:
    """Return an event of an answer."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    told = {**HEAD, "object": "chat.completion.chunk", "choices": [choice]}
    return b"data: " + json.dumps(told).encode() + b"\n\n"


def told_by_a_caller(request: Received) -> Reply:
    """Reply as a model that calls a tool, and then tells what it has heard."""
    said = request.body["messages"][-1]
    if said["content"] == "no" or "tools" not in request.body:
        return Reply(status=400, pieces=[b'{"error": {"message": "This is not for me."}}'])
    if said["role"] == "tool":
        text = f"The lamp is {said['content']}."
        if request.body.get("stream"):
            return stream(chunk(role="assistant", content=text), chunk("stop"), DONE)
        return completion({"role": "assistant", "content": text}, "stop")
    if request.body.get("stream"):
        call = chunk(role="assistant", tool_calls=[{"index": 0, **CALL}])
        return stream(call, chunk("tool_calls"), DONE)
    return completion({"role": "assistant", "content": None, "tool_calls": [CALL]}, "tool_calls")


@pytest.fixture
def caller(model: ModelEndpoint, monkeypatch: pytest.MonkeyPatch) -> list[Received]:
    """Let the model call tools; return what it is asked."""
    asked: list[Received] = []

    def reply(request: Received) -> Reply:
        asked.append(request)
        return told_by_a_caller(request)

    monkeypatch.setattr(model, "reply", reply)
    return asked


@pytest.mark.parametrize("package", PYTHONS)
def test_openais_own_client(server: WebServer, caller: list[Received], package: str) -> None:
    client = python_client(package)
    told = client.run("openai_tools.py", f"{server.url}/v1", KEY, TALKER)
    assert "error" not in told, told
    assert told["call"] == told["streamed"] == CALLED
    assert told["finish"] == "tool_calls"
    assert told["then"] == "The lamp is lit."
    assert "This is not for me." in told["refused"]
    assert told["listed"] is True
    first = caller[0].body
    assert first["tool_choice"] == "required"
    assert first["messages"][0]["content"][1]["image_url"]["url"].startswith("data:image/png")


def test_the_ai_sdk(server: WebServer, caller: list[Received]) -> None:
    told = node_client(*AI).run("ai_tools.mjs", f"{server.url}/v1", KEY, TALKER)
    assert "error" not in told, told
    assert told["lit"] == ["the big one"] * 2
    assert told["whole"] == ["The lamp is lit.", "stop", 2]
    assert (told["streamed"], told["steps"]) == ("The lamp is lit.", 2)
    assert "This is not for me." in told["refused"]
    assert len(caller) == 5


def test_langchain(server: WebServer, caller: list[Received]) -> None:
    told = python_client(*LANGCHAIN).run("langchain_tools.py", f"{server.url}/v1", KEY, TALKER)
    assert told["call"] == CALLED
    assert told["then"] == "The lamp is lit the big one."
    assert told["streamed"] == [CALLED]
    assert caller[0].body["tools"][0]["function"]["description"] == "Light a lamp."


def test_anthropics_client_lists_the_models(server: WebServer) -> None:
    told = python_client("anthropic==2.14.0").run("anthropic_models.py", server.url, KEY, TALKER)
    assert {TALKER, "wordllama@Builtin"} <= set(told["listed"])
    assert len(told["listed"]) == len(set(told["listed"]))
    assert told["types"] == ["model"]
    assert told["one"] == [TALKER, TALKER, True]
    assert "There is no model gpt-4" in told["missing"]
