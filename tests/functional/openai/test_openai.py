"""OpenAI's API: what its clients send, and what they get."""

import json
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.errors import DiskFullError
from tests.functional.conftest import Member
from tests.functional.corpus import LAMP, TEXTS, Corpus, lay_down
from tests.functional.library import data_of
from tests.functional.openai.storing import add_model, refused
from tests.model_endpoint import ModelEndpoint, event, stream

pytestmark = pytest.mark.databases("sqlite")

MODEL = "wordllama@Builtin"
DONE = b"data: [DONE]\n\n"


@pytest.fixture
def corpus(services: Services, member: Member) -> Corpus:
    return lay_down(services, member.account.id)


@pytest.fixture
def guide(client: FlaskClient, corpus: Corpus) -> str:
    """Return the id of an assistant called `the guide/1`."""
    body = {"name": "the guide/1", "dataset_ids": [corpus.dataset_id]}
    return str(data_of(client.post("/api/v1/chats", json=body))["id"])


def ask(client: FlaskClient, model: str = "the guide/1", **more: Any) -> TestResponse:
    body = {"model": model, "messages": [{"role": "user", "content": LAMP}], **more}
    return client.post("/v1/chat/completions", json=body)


def events(answer: TestResponse) -> list[Any]:
    lines = answer.get_data(as_text=True).split("\n\n")
    assert lines[-2:] == ["data:[DONE]", ""]
    return [json.loads(line.removeprefix("data:")) for line in lines[:-2]]


@pytest.mark.parametrize("by", ["name", "id"])
def test_an_assistant_answers_whole(client: FlaskClient, guide: str, by: str) -> None:
    answer = ask(client, "the guide/1" if by == "name" else guide).json
    (choice,) = answer["choices"]
    assert answer["object"] == "chat.completion"
    assert "lamp" in choice["message"]["content"]
    assert (choice["message"]["role"], choice["finish_reason"]) == ("assistant", "stop")
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert "reference" not in choice["message"]


def test_the_passages_are_there_where_they_are_asked_for(client: FlaskClient, guide: str) -> None:
    assert guide
    message = ask(client, reference=True).json["choices"][0]["message"]
    assert message["reference"][0]["content"] == TEXTS[0]
    assert message["reference"][0]["document_name"] == "keeper.md"


def test_a_stream(client: FlaskClient, guide: str) -> None:
    assert guide
    with ask(client, stream=True, stream_options={"include_usage": True}) as answer:
        assert answer.content_type.startswith("text/event-stream")
        first, *_, last, usage = events(answer)
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert last["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]["total_tokens"] > 0) == ([], True)
    with ask(client, stream=True, reference=True) as answer:
        *pieces, last = events(answer)
    whole = ask(client).json["choices"][0]["message"]["content"]
    said = "".join(piece["choices"][0]["delta"].get("content", "") for piece in pieces)
    assert said == whole
    assert last["choices"][0]["delta"]["reference"][0]["content"] == TEXTS[0]
    assert all("usage" not in piece for piece in [*pieces, last])


@pytest.mark.parametrize("is_set", [True, False])
def test_markers_are_annotations_that_open_the_page(
    client: FlaskClient,
    services: Services,
    corpus: Corpus,
    guide: str,
    endpoint: ModelEndpoint,
    *,
    is_set: bool,
) -> None:
    assert guide
    if is_set:
        settings = services.live.current
        server = settings.server.model_copy(update={"public_url": "https://lamp.example/"})
        services.live.take(settings.model_copy(update={"server": server}))
    words = [event(content=word) for word in ("At ", "dusk [ID:0", "]. No [ID:99].")]
    endpoint.script += [stream(*words, DONE), stream(*words, DONE)]
    message = ask(client).json["choices"][0]["message"]
    [annotation] = message["annotations"]
    citation = annotation["url_citation"]
    base = "https://lamp.example" if is_set else "http://localhost"
    address = f"{base}/v1/document/get/{corpus.document_id}"
    assert (citation["url"], citation["title"]) == (f"{address}#page=1", "keeper.md")
    start, end = citation["start_index"], citation["end_index"]
    assert message["content"][start:end] == "[ID:0]"
    with ask(client, stream=True) as answer:
        *pieces, last = events(answer)
    assert last["choices"][0]["delta"]["annotations"] == [annotation]
    assert all("annotations" not in piece["choices"][0]["delta"] for piece in pieces)


def test_a_model_that_fails_in_a_stream(
    client: FlaskClient, guide: str, endpoint: ModelEndpoint
) -> None:
    assert guide
    endpoint.script.append(stream(event(content="The"), cut=True))
    with ask(client, stream=True) as answer:
        *_, last = events(answer)
    assert last["error"]["type"] == "server_error"
    assert last["error"]["message"]


def test_what_clients_send_beside_it(
    client: FlaskClient, guide: str, endpoint: ModelEndpoint
) -> None:
    assert guide
    endpoint.script.append(stream(event(content="At dusk."), DONE))
    parts = [{"type": "text", "text": "And"}, {"type": "text", "text": LAMP}]
    answer = ask(
        client,
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Who are you?"},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "user", "content": parts},
        ],
        n=1,
        user="x",
        seed=1,
        stop=["END", "FIN"],
        tools=[],
        tool_choice="auto",
        max_completion_tokens=7,
        temperature=0.25,
        response_format={"type": "text"},
        metadata={"a": "b"},
        store=True,
        stream=False,
    )
    assert answer.json["choices"][0]["message"]["content"] == "At dusk."
    body = endpoint.received[-1].body
    assert (body["max_tokens"], body["temperature"]) == (7, 0.25)
    assert (body["stop"], body["seed"]) == (["END", "FIN"], 1)
    assert "\n\nBe brief." in body["messages"][0]["content"]
    assert LAMP in body["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"functions": [{"name": "light"}]}, "functions"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"function_call": {"name": "x"}}, "function_call"),
        ({"moderation": {"model": "x"}}, "moderation"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"tool_choice": {"type": "function"}}, "tool_choice"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"n": 2}, "<n>"),
        ({"logit_bias": {"1": 2}}, "logit_bias"),
        ({"reasoning_effort": "high"}, "reasoning_effort"),
        ({"verbosity": "low"}, "verbosity"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"stop": [""]}, "stop"),
        ({"seed": "x"}, "seed"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "image_url"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "last one"),
        ({"messages": []}, "messages"),
        ({"messages": "x"}, "messages"),
        ({"model": None}, "model"),
    ],
)
def test_what_an_assistant_cannot_do_is_refused_by_name(
    client: FlaskClient, guide: str, more: dict[str, object], sentence: str
) -> None:
    assert guide
    inner = refused(ask(client, **{"model": "the guide/1", **more}), 400, sentence)
    assert inner["type"] == "invalid_request_error"


def test_a_model_that_is_not_there(client: FlaskClient, stranger: FlaskClient, guide: str) -> None:
    for who, model in ((client, "gpt-4"), (stranger, guide), (stranger, "the guide/1")):
        inner = refused(ask(who, model), 404, model)
        assert (inner["type"], inner["code"]) == ("not_found_error", "model_not_found")
    assert client.get("/v1/models/gpt-4").status_code == 404
    assert stranger.get(f"/v1/models/{guide}").status_code == 404


def test_a_key_is_needed(anonymous: FlaskClient) -> None:
    inner = refused(ask(anonymous), 401, "API key")
    assert inner["type"] == "authentication_error"


def prompted(client: FlaskClient, **more: Any) -> TestResponse:
    body = {"model": "the guide/1", "prompt": LAMP, **more}
    return client.post("/v1/completions", json=body)


def test_a_prompt_is_answered_whole_and_streamed(client: FlaskClient, guide: str) -> None:
    assert guide
    whole = prompted(client, prompt=[LAMP], max_tokens=64).json
    [choice] = whole["choices"]
    assert (whole["object"], choice["finish_reason"]) == ("text_completion", "stop")
    assert "lamp" in choice["text"]
    assert whole["usage"]["total_tokens"] > 0
    with prompted(client, stream=True, stream_options={"include_usage": True}) as answer:
        *pieces, usage = events(answer)
    assert "".join(piece["choices"][0]["text"] for piece in pieces) == choice["text"]
    assert pieces[-1]["choices"][0]["finish_reason"] == "stop"
    assert (usage["choices"], usage["usage"]) == ([], whole["usage"])


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"prompt": ["a", "b"]}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": None}, "prompt"),
        ({"n": 2}, "<n>"),
        ({"best_of": 2}, "best_of"),
        ({"suffix": "x"}, "suffix"),
        ({"echo": True}, "echo"),
        ({"logprobs": 1}, "logprobs"),
    ],
)
def test_what_a_completion_cannot_be_is_refused_by_name(
    client: FlaskClient, guide: str, more: dict[str, object], sentence: str
) -> None:
    assert guide
    refused(prompted(client, **more), 400, sentence)


def test_a_prompt_for_a_plain_model_is_refused(
    client: FlaskClient, endpoint: ModelEndpoint
) -> None:
    inner = refused(prompted(client, model="talker@Endpoint"), 404, "/v1/chat/completions")
    assert inner["code"] == "model_not_found"
    assert not endpoint.received


def test_a_base_without_v1_or_with_two_of_them_is_answered(client: FlaskClient, guide: str) -> None:
    assert guide
    for base in ("", "/v1", "/v1/v1"):
        assert client.get(f"{base}/models").status_code == 200
        assert client.get(f"{base}/models/the%20guide%2F1").json["id"] == "the guide/1"
        body = {"model": "the guide/1", "messages": [{"role": "user", "content": LAMP}]}
        assert client.post(f"{base}/chat/completions", json=body).status_code == 200
        assert client.post(f"{base}/embeddings", json={"model": MODEL, "input": "x"}).json["data"]


def test_another_address_says_which_base_is_meant(client: FlaskClient) -> None:
    refused(client.post("/v1/chat/nothing", json={}), 404, "/v1")
    refused(client.get("/v1/embeddings"), 405, "method")
    for address in ("/v1/files/a/b", "/v1/vector_stores/a/b", "/v1/responses/a/b", "/files"):
        refused(client.get(address), 404, "/v1")
    for address in ("/v1/files/a", "/v1/vector_stores/a/files", "/v1/responses"):
        refused(client.put(address), 405, "method")


def test_models_are_listed(client: FlaskClient, guide: str) -> None:
    assert guide
    listed = client.get("/v1/models").json
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["the guide/1", MODEL]
    for model in listed["data"]:
        assert set(model) == {"id", "object", "created", "owned_by"}
        assert client.get(f"/v1/models/{model['id']}").json == model
    assert client.get(f"/v1/models/{guide}").json["id"] == "the guide/1"


def test_chat_models_are_listed(
    client: FlaskClient, endpoint: ModelEndpoint, services: Services, member: Member, guide: str
) -> None:
    own = add_model(services, member, client, endpoint.url)
    names = [model["id"] for model in client.get("/v1/models").json["data"]]
    assert names == ["the guide/1", "talker@Endpoint", own, MODEL]
    for name in names:
        assert client.get(f"/v1/models/{name}").json["id"] == name
    assert client.get(f"/v1/models/{guide}").json["id"] == "the guide/1"


def test_models_are_told_to_anthropics_clients_as_they_know_them(
    anonymous: FlaskClient, member: Member, endpoint: ModelEndpoint, guide: str
) -> None:
    assert endpoint
    assert guide
    headers = {"anthropic-version": "2023-06-01", "x-api-key": member.api_key}
    told = anonymous.get("/v1/models", headers=headers).json
    names = ["the guide/1", "talker@Endpoint", MODEL]
    assert [model["id"] for model in told["data"]] == names
    assert (told["has_more"], told["first_id"], told["last_id"]) == (False, names[0], names[-1])
    for model in told["data"]:
        assert set(model) == {"type", "id", "display_name", "created_at"}
        assert model["type"] == "model"
        assert datetime.fromisoformat(model["created_at"]).tzinfo
        assert anonymous.get(f"/v1/models/{model['id']}", headers=headers).json == model

    def part(**query: object) -> tuple[list[str], bool]:
        found = anonymous.get("/v1/models", headers=headers, query_string=query).json
        return [model["id"] for model in found["data"]], found["has_more"]

    assert part(limit=2) == (names[:2], True)
    assert part(limit=2, after_id=names[1]) == (names[2:], False)
    assert part(limit=1, before_id=names[2]) == (names[1:2], True)
    missing = anonymous.get("/v1/models?after_id=x", headers=headers)
    refused(missing, 400, "after_id")
    refused(anonymous.get("/v1/models", headers={**headers, "x-api-key": "x"}), 401, "API key")


def test_what_asking_again_does_not_help_says_so(client: FlaskClient, services: Services) -> None:
    services.library.disk.check = full  # type: ignore[method-assign]  # as a disk without room
    answer = client.post("/v1/files", data={"purpose": "assistants"})
    refused(answer, 507, "full")
    assert answer.headers["x-should-retry"] == "false"


def full(_size: int) -> None:
    """Refuse as a full disk is."""
    raise DiskFullError("The disk is full.")
