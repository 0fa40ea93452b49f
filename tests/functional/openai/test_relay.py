"""Conversations with plain models: they and their answers pass as they are."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.library import data_of
from tests.functional.openai.storing import add_model, ok, refused
from tests.functional.talking import DONE
from tests.model_endpoint import ModelEndpoint, Reply, event, stream

pytestmark = pytest.mark.databases("sqlite")

TALKER = "talker@Endpoint"

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "light", "arguments": '{"lamp": "the big one"}'},
}
CONVERSATION: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Light it."},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "lit"},
    ],
    "tools": [{"type": "function", "function": {"name": "light", "parameters": {}}}],
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}},
    "n": 2,
    "seed": 7,
    "stop": None,
    "logprobs": True,
    "something_new": {"a": [1]},
}
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "talker",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": None, "tool_calls": [CALL]},
            "finish_reason": "tool_calls",
        }
    ],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    "system_fingerprint": "x",
}


def ask(client: FlaskClient, model: str = TALKER, **more: Any) -> TestResponse:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}], **more}
    return client.post("/v1/chat/completions", json=body)


def whole(body: object, status: int = 200) -> Reply:
    return Reply(status=status, pieces=[json.dumps(body).encode()])


def test_all_of_a_conversation_reaches_the_model_and_its_answer_comes_back(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    for model in (TALKER, "talker"):
        endpoint.script.append(whole(ANSWER))
        told = ask(client, model, **CONVERSATION, reference=False, metadata_condition=None)
        assert ok(told) == ANSWER
        assert endpoint.received[-1].body == {**CONVERSATION, "model": "talker", "stream": False}


def test_a_stream_comes_back_event_by_event(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    half = event(content="\ud83d")
    call = {"index": 0, "id": "call_1", "function": {"name": "light", "arguments": "{"}}
    events = [event(role="assistant", content=None, tool_calls=[call]), half]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}], "x": 1}
    end = b"data: " + json.dumps(last).encode() + b"\n\n"
    endpoint.script.append(stream(*events, end, DONE))
    options = {"stream_options": {"include_usage": True}}
    with ask(client, stream=True, **CONVERSATION, **options) as answer:
        assert answer.content_type.startswith("text/event-stream")
        *told, done, rest = answer.get_data(as_text=True).split("\n\n")
    assert (done, rest) == ("data:[DONE]", "")
    sent = [json.loads(piece.removeprefix(b"data: ")) for piece in (*events, end)]
    assert [json.loads(frame.removeprefix("data: ")) for frame in told] == sent
    expected = {**CONVERSATION, **options, "model": "talker", "stream": True}
    assert endpoint.received[-1].body == expected


@pytest.mark.parametrize(
    ("status", "told"), [(400, 400), (413, 400), (422, 400), (401, 503), (403, 503)]
)
def test_what_a_model_refuses_is_said(
    client: FlaskClient, endpoint: ModelEndpoint, status: int, told: int
) -> None:
    endpoint.script.append(whole({"error": {"message": "No images here."}}, status))
    refused(ask(client), told, "No images here.")
    assert len(endpoint.received) == 1


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (whole({"error": {"message": "Out of memory."}}), "Out of memory."),
        (whole([]), "failed"),
        (Reply(pieces=[b"<html>"]), "no JSON"),
    ],
)
def test_an_answer_that_is_none_is_an_error(
    client: FlaskClient, endpoint: ModelEndpoint, reply: Reply, sentence: str
) -> None:
    endpoint.script.append(reply)
    answer = ask(client)
    inner = refused(answer, 503, sentence)
    assert inner["type"] == "server_error"
    assert 0 < int(answer.headers["Retry-After"]) <= 5


@pytest.mark.parametrize(
    "reply",
    [
        stream(event(content="The"), cut=True),
        stream(event(content="The")),
        stream(b'data: {"error": {"message": "Out of memory."}}\n\n'),
        whole({"error": {"message": "No images here."}}, 400),
        whole(ANSWER),
    ],
)
def test_a_stream_that_fails_ends_with_an_error(
    client: FlaskClient, endpoint: ModelEndpoint, reply: Reply
) -> None:
    endpoint.script.append(reply)
    with ask(client, stream=True) as answer:
        *_, failure, done, rest = answer.get_data(as_text=True).split("\n\n")
    assert (done, rest) == ("data:[DONE]", "")
    error = json.loads(failure.removeprefix("data: "))["error"]
    assert error["type"] == "server_error"
    assert error["message"]


def test_a_client_that_goes_away_ends_the_call(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(stream(event(content="The"), hold=True))
    with ask(client, stream=True) as answer:
        frames = iter(answer.response)
        assert b"The" in next(frame for frame in frames if frame)
    assert endpoint.gone.wait(30)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"reference": True}, "reference"),
        ({"metadata_condition": {"conditions": []}}, "metadata_condition"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"messages": ["x"]}, "messages"),
        ({"stream": "perhaps"}, "stream"),
        ({"model": "extractive@Builtin"}, "extractive@Builtin"),
    ],
)
def test_what_plain_models_cannot_do_is_refused_by_name(
    client: FlaskClient, endpoint: ModelEndpoint, more: dict[str, Any], sentence: str
) -> None:
    refused(ask(client, **{"model": TALKER, **more}), 400, sentence)
    assert not endpoint.received


def test_an_assistant_comes_before_a_model_of_its_name(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    data_of(client.post("/api/v1/chats", json={"name": TALKER}))
    refused(ask(client, tools=CONVERSATION["tools"]), 400, "assistants")
    assert not endpoint.received


def test_models_of_others_are_not_there(
    client: FlaskClient,
    stranger: FlaskClient,
    endpoint: ModelEndpoint,
    services: Services,
    member: Member,
) -> None:
    for name in ("own", add_model(services, member, client, endpoint.url)):
        endpoint.script.append(whole(ANSWER))
        assert ok(ask(client, name)) == ANSWER
        inner = refused(ask(stranger, name), 404, name)
        assert inner["code"] == "model_not_found"
