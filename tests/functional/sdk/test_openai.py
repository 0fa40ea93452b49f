"""Assistants behind OpenAI's chat API."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.functional.corpus import TEXTS, Corpus
from tests.functional.talking import DONE, said
from tests.model_endpoint import ModelEndpoint, event, stream

NOT_BUILT = "Message: <This is not built here: leave it out>"

LAMP = {"role": "user", "content": "When does the keeper light the lamp?"}
CLASSIC = "/api/v1/chats_openai/{}/chat/completions"
LATER = "/api/v1/openai/{}/chat/completions"


@pytest.fixture
def chat(client: FlaskClient, corpus: Corpus) -> str:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    return str(client.post("/api/v1/chats", json=body).json["data"]["id"])


def post(client: FlaskClient, chat: str, path: str = CLASSIC, **fields: Any) -> TestResponse:
    body = {"model": "any", "messages": [LAMP], **fields}
    return client.post(path.format(chat), json=body)


def chunks(answer: TestResponse) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    *frames, done, rest = answer.get_data(as_text=True).split("\n\n")
    assert (done, rest) == ("data:[DONE]", "")
    return [json.loads(frame.removeprefix("data:")) for frame in frames]


def test_a_stream_has_openai_s_shape(
    client: FlaskClient, chat: str, endpoint: ModelEndpoint
) -> None:
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n'
    endpoint.script.append(
        stream(event(reasoning_content="Hm."), event(content="At"), event(content=" dusk."), usage)
    )
    endpoint.script[-1].pieces = (*endpoint.script[-1].pieces, DONE)
    *pieces, last = chunks(post(client, chat, stream=True))
    assert [piece["choices"][0]["delta"]["content"] for piece in pieces] == [None, "At", " dusk."]
    assert pieces[0] == {
        "id": f"chatcmpl-{chat}",
        "object": "chat.completion.chunk",
        "created": pieces[0]["created"],
        "model": "any",
        "system_fingerprint": "",
        "usage": None,
        "choices": [
            {
                "index": 0,
                "delta": {
                    "content": None,
                    "role": "assistant",
                    "function_call": None,
                    "tool_calls": None,
                    "reasoning_content": "Hm.",
                },
                "finish_reason": None,
                "logprobs": None,
            }
        ],
    }
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["choices"][0]["delta"]["content"] is None
    assert "reference" not in last["choices"][0]["delta"]
    assert last["usage"] == {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


@pytest.mark.parametrize("asks", [{"reference": True}, {"extra_body": {"reference": True}}])
def test_references_come_with_the_last_chunk(
    client: FlaskClient, chat: str, endpoint: ModelEndpoint, asks: dict[str, Any]
) -> None:
    endpoint.script += [said("At dusk [ID:0].")] * 2
    delta = chunks(post(client, chat, stream=True, **asks))[-1]["choices"][0]["delta"]
    assert delta["final_content"] == "At dusk [ID:0]."
    assert delta["reference"][0]["content"] == TEXTS[0]
    whole = post(client, chat, stream=False, **asks).json
    assert whole["choices"][0]["message"]["reference"] == delta["reference"]


def test_a_whole_answer_has_openai_s_shape(
    client: FlaskClient, chat: str, endpoint: ModelEndpoint
) -> None:
    reply = stream(event(reasoning_content="Hm."), event(content="At dusk."), DONE)
    endpoint.script.append(reply)
    answer = post(client, chat, stream=False).json
    assert (answer["id"], answer["object"]) == (f"chatcmpl-{chat}", "chat.completion")
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "stop"
    message = choice["message"]
    assert message["role"] == "assistant"
    assert message["content"].startswith("At dusk")
    assert message["reasoning_content"] == "Hm."
    usage = answer["usage"]
    assert usage["prompt_tokens"] > usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


@pytest.mark.parametrize("path", [CLASSIC, LATER])
def test_who_says_nothing_of_a_stream_wants_none(
    client: FlaskClient, chat: str, endpoint: ModelEndpoint, path: str
) -> None:
    endpoint.script += [said("At dusk.")] * 2
    assert post(client, chat, path).json["object"] == "chat.completion"
    streamed = post(client, chat, path, stream=True)
    assert streamed.headers["Content-Type"].startswith("text/event-stream")
    streamed.get_data()


def test_the_client_keeps_the_conversation(
    client: FlaskClient, chat: str, endpoint: ModelEndpoint
) -> None:
    messages = [
        {"role": "system", "content": "Be a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "Who lights it?"}, {"type": "text"}]},
        {"role": "assistant", "content": "The keeper."},
        {"role": "assistant", "content": None},
        LAMP,
    ]
    post(
        client,
        chat,
        stream=False,
        messages=messages,
        temperature=0.9,
        max_tokens=17,
        stop="END",
        seed=3,
    )
    body = endpoint.received[-1].body
    assert "\n\nBe a pirate." in body["messages"][0]["content"]
    assert (body["stop"], body["seed"]) == (["END"], 3)
    assert [message["content"] for message in body["messages"][1:]] == [
        "Who lights it?\n",
        "The keeper.",
        LAMP["content"],
    ]
    assert (body["temperature"], body["max_tokens"]) == (0.9, 17)
    assert client.get(f"/api/v1/chats/{chat}/sessions").json["data"] == []


def test_documents_can_be_filtered(client: FlaskClient, chat: str, endpoint: ModelEndpoint) -> None:
    condition = {"conditions": [{"name": "shelf", "comparison_operator": "is", "value": "south"}]}
    extra = {"reference": True, "metadata_condition": condition}
    answer = post(client, chat, stream=False, extra_body=extra).json
    assert answer["choices"][0]["message"]["reference"] == []
    assert endpoint.received


def test_a_model_that_fails(client: FlaskClient, chat: str, endpoint: ModelEndpoint) -> None:
    endpoint.script += [stream(event(content="At"), cut=True)] * 2
    *_, failure = chunks(post(client, chat, stream=True))
    assert failure["error"]["message"]
    answer = post(client, chat, stream=False)
    assert (answer.status_code, answer.json["code"]) == (503, 105)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"model": None}, 101, "required argument are missing: model; "),
        (
            {"model": None, "messages": None},
            101,
            "required argument are missing: model,messages; ",
        ),
        ({"messages": []}, 102, "You have to provide messages."),
        (
            {"messages": [{"role": "assistant", "content": "Hi"}]},
            102,
            "The last content of this conversation is not from user.",
        ),
        ({"extra_body": "x"}, 102, "extra_body must be an object."),
        (
            {"extra_body": {"reference_metadata": 1}},
            102,
            "reference_metadata must be an object.",
        ),
        (
            {"extra_body": {"reference_metadata": {"fields": 1}}},
            102,
            "reference_metadata.fields must be an array.",
        ),
        (
            {"extra_body": {"reference_metadata": {"include": True}}},
            101,
            f"Field: <extra_body.reference_metadata> - {NOT_BUILT} - Value: <{{'include': True}}>",
        ),
        (
            {"extra_body": {"metadata_condition": 1}},
            102,
            "metadata_condition must be an object.",
        ),
    ],
)
def test_what_cannot_be_answered(
    client: FlaskClient, chat: str, fields: dict[str, Any], code: int, message: str
) -> None:
    answer = post(client, chat, **fields)
    assert (answer.status_code, answer.json["code"]) == (400, code)
    assert answer.json["message"] == message


@pytest.mark.databases("sqlite")
def test_a_wrong_field_is_named(client: FlaskClient, chat: str) -> None:
    answer = post(client, chat, messages=[{"role": "wizard", "content": "x"}])
    assert (answer.status_code, answer.json["code"]) == (400, 101)
    inner = answer.json["error"]
    assert (inner["type"], inner["code"]) == ("invalid_request_error", "101")
    assert inner["message"] == answer.json["message"]
    assert "Field: <messages.0.role>" in answer.json["message"]
    assert post(client, chat, messages="text").json["code"] == 101


def test_a_stranger_s_assistant_does_not_exist(stranger: FlaskClient, chat: str) -> None:
    for path in (CLASSIC, LATER):
        answer = post(stranger, chat, path)
        assert (answer.status_code, answer.json["code"]) == (404, 102)
        assert answer.json["message"] == f"You don't own the chat {chat}"
