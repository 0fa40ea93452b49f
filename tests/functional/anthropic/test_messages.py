"""Anthropic's API: what its clients send, and what they get."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.corpus import LAMP, TEXTS, Corpus, lay_down
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint, event, stream

pytestmark = pytest.mark.databases("sqlite")

DONE = b"data: [DONE]\n\n"


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    return lay_down(services, member.account.id)


@pytest.fixture(autouse=True)
def guide(client: FlaskClient, corpus: Corpus) -> str:
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    return str(data_of(client.post("/api/v1/chats", json=body))["id"])


def ask(client: FlaskClient, **more: Any) -> TestResponse:
    body = {
        "model": "guide",
        "max_tokens": 1000,
        "messages": [{"role": "user", "content": LAMP}],
        **more,
    }
    return client.post("/v1/messages", json=body, headers={"anthropic-version": "2023-06-01"})


def events(answer: TestResponse) -> list[Any]:
    frames = answer.get_data(as_text=True).split("\n\n")
    assert frames.pop() == ""
    found = []
    for frame in frames:
        name, data = frame.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert name == f"event: {told['type']}"
        found.append(told)
    return found


def refused(answer: TestResponse, status: int, kind: str, sentence: str) -> None:
    assert answer.status_code == status
    told = answer.json
    assert told["type"] == "error"
    assert told["error"]["type"] == kind
    assert sentence in told["error"]["message"]
    assert told["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_whole_answer(client: FlaskClient, corpus: Corpus) -> None:
    answer = ask(client).json
    assert (answer["type"], answer["role"], answer["model"]) == ("message", "assistant", "guide")
    assert answer["id"].startswith("msg_")
    assert answer["stop_reason"] == "end_turn"
    assert answer["usage"]["output_tokens"] > 0
    (block,) = answer["content"]
    assert "lamp" in block["text"]
    citation = block["citations"][0]
    assert citation["type"] == "search_result_location"
    assert citation["cited_text"] == TEXTS[0]
    assert citation["title"] == "keeper.md"
    assert citation["source"].endswith(corpus.document_id)


def test_a_stream_has_the_events_that_clients_need(client: FlaskClient) -> None:
    with ask(client, stream=True) as answer:
        assert answer.content_type.startswith("text/event-stream")
        told = events(answer)
    kinds = [item["type"] for item in told]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    deltas = [item["delta"] for item in told if item["type"] == "content_block_delta"]
    said = "".join(item["text"] for item in deltas if item["type"] == "text_delta")
    assert said == ask(client).json["content"][0]["text"]
    assert [item["citation"]["title"] for item in deltas if item["type"] == "citations_delta"]
    assert told[-2]["delta"]["stop_reason"] == "end_turn"
    assert told[-2]["usage"]["output_tokens"] > 0


def test_a_model_that_fails_in_a_stream(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="The"), cut=True))
    with ask(client, stream=True) as answer:
        last = events(answer)[-1]
    assert (last["type"], last["error"]["type"]) == ("error", "api_error")


def test_what_clients_send_beside_it(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(stream(event(content="At dusk."), DONE))
    answer = ask(
        client,
        system=[{"type": "text", "text": "Be brief."}],
        messages=[
            {"role": "user", "content": "Who are you?"},
            {"role": "assistant", "content": [{"type": "text", "text": "The guide."}]},
            {"role": "user", "content": [{"type": "text", "text": LAMP}]},
        ],
        max_tokens=7,
        temperature=0.25,
        tools=[],
        stop_sequences=["END"],
        thinking={"type": "disabled"},
        metadata={"user_id": "x"},
    )
    assert answer.json["content"][0]["text"] == "At dusk."
    body = endpoint.received[-1].body
    assert (body["max_tokens"], body["temperature"]) == (7, 0.25)
    assert body["stop"] == ["END"]
    assert "\n\nBe brief." in body["messages"][0]["content"]
    assert "The guide." in str(body["messages"])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "the user's"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "image"),
        ({"tools": [{"name": "x"}]}, "tools"),
        ({"stop_sequences": [""]}, "stop_sequences"),
        ({"top_k": 5}, "top_k"),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"output_config": {"effort": "high"}}, "output_config"),
        ({"mcp_servers": [{"type": "url", "url": "https://a.example"}]}, "mcp_servers"),
        ({"context_management": {"edits": [{"type": "x"}]}}, "context_management"),
        ({"inference_geo": "us"}, "inference_geo"),
        ({"system": [{"type": "image"}]}, "image"),
        ({"thinking": {"type": "enabled"}}, "thinking"),
    ],
)
def test_what_an_assistant_cannot_do_is_refused_by_name(
    client: FlaskClient, more: dict[str, object], sentence: str
) -> None:
    refused(ask(client, **more), 400, "invalid_request_error", sentence)


def test_keys_come_in_two_headers(
    client: FlaskClient, anonymous: FlaskClient, member: Member
) -> None:
    refused(ask(anonymous), 401, "authentication_error", "x-api-key")
    body = {"model": "guide", "messages": [{"role": "user", "content": LAMP}]}
    path = "/v1/messages/count_tokens"
    for header, key in (
        ("x-api-key", member.api_key),
        ("Authorization", f"Bearer {member.api_key}"),
    ):
        answer = anonymous.post(path, json=body, headers={header: key})
        assert answer.json["input_tokens"] > 0
    wrong = anonymous.post(path, json=body, headers={"x-api-key": "ragflow-wrong"})
    refused(wrong, 401, "authentication_error", "not valid")
    assert client.post(path, json=body).status_code == 200


def test_a_model_that_is_not_there(client: FlaskClient, stranger: FlaskClient, guide: str) -> None:
    refused(ask(client, model="claude"), 404, "not_found_error", "claude")
    refused(ask(stranger, model=guide), 404, "not_found_error", guide)
    refused(client.post("/v1/messages/nothing", json={}), 404, "not_found_error", "base")
