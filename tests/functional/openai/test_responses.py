"""Responses as OpenAI's clients ask for them."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.response import KeptResponse
from api.jobs.background import expire
from tests.functional.corpus import LAMP, Corpus
from tests.functional.openai.responding import RESULTS, SENTENCES, TALKER, ask, file_search
from tests.functional.openai.storing import ok, refused
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, event, stream

TOKEN = 1


def text_of(response: dict[str, Any]) -> str:
    [part] = response["output"][-1]["content"]
    return str(part["text"])


def events(answer: TestResponse) -> list[dict[str, Any]]:
    """Return the events of a stream, which are named as their types and numbered."""
    found = []
    for frame in answer.get_data(as_text=True).rstrip("\n").split("\n\n"):
        name, data = frame.split("\n")
        told = json.loads(data.removeprefix("data: "))
        assert name == f"event: {told['type']}"
        found.append(told)
    assert [one["sequence_number"] for one in found] == list(range(len(found)))
    return found


@pytest.mark.databases("sqlite")
def test_a_plain_model_answers(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk."))
    made = ok(ask(client, instructions="Be brief.", temperature=0.25, max_output_tokens=64))
    assert (made["object"], made["status"], made["model"]) == ("response", "completed", TALKER)
    assert made["id"].startswith("resp_")
    [message] = made["output"]
    assert (message["type"], message["role"], message["status"]) == (
        *("message", "assistant", "completed"),
    )
    [part] = message["content"]
    assert (part["type"], part["text"], part["annotations"]) == ("output_text", "At dusk.", [])
    usage = made["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    assert (made["instructions"], made["temperature"], made["store"]) == ("Be brief.", 0.25, True)
    asked = endpoint.received[-1].body
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": LAMP},
    ]
    assert (asked["temperature"], asked["max_tokens"]) == (0.25, 64)
    assert "presence_penalty" not in asked


def test_a_response_is_kept_and_continued(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script += [said("At dusk."), said("At dawn.")]
    first = ok(ask(client, metadata={"shelf": "north"}))
    for given in (first["id"], first["id"].removeprefix("resp_")):
        assert ok(client.get(f"/v1/responses/{given}")) == first
    second = ok(ask(client, input="And out?", previous_response_id=first["id"], instructions="x"))
    assert text_of(second) == "At dawn."
    assert second["previous_response_id"] == first["id"]
    asked = endpoint.received[-1].body["messages"]
    assert [message["content"] for message in asked] == ["x", LAMP, "At dusk.", "And out?"]
    ok(ask(client, input="Again?", previous_response_id=second["id"]))
    roles = [message["role"] for message in endpoint.received[-1].body["messages"]]
    assert roles == ["user", "assistant"] * 2 + ["user"]
    gone = ok(client.delete(f"/v1/responses/{first['id']}", content_type="application/json"))
    assert gone == {"id": first["id"], "object": "response", "deleted": True}
    inner = refused(client.get(f"/v1/responses/{first['id']}"), 404, "no response")
    assert inner["code"] == "not_found"
    refused(ask(client, previous_response_id=first["id"]), 404, "no response")
    assert ok(client.get(f"/v1/responses/{second['id']}")) == second


@pytest.mark.databases("sqlite")
def test_what_was_said_to_a_response_is_listed_in_parts(
    client: FlaskClient, stranger: FlaskClient, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("At dusk."), said("At dawn.")]
    first = ok(ask(client))
    made = ok(ask(client, input="And out?", previous_response_id=first["id"]))
    path = f"/v1/responses/{made['id']}/input_items"
    every = ok(client.get(path))
    texts = ["And out?", "At dusk.", LAMP]
    assert [item["content"][0]["text"] for item in every["data"]] == texts
    assert [item["role"] for item in every["data"]] == ["user", "assistant", "user"]
    assert [item["content"][0]["type"] for item in every["data"][:2]] == [
        *("input_text", "output_text"),
    ]
    assert (every["object"], every["has_more"]) == ("list", False)
    ids = [item["id"] for item in every["data"]]
    assert (every["first_id"], every["last_id"]) == (ids[0], ids[-1])
    parts = {
        ("limit=2", (0, 1)): True,
        (f"limit=2&after={ids[1]}", (2,)): False,
        (f"limit=1&before={ids[2]}", (1,)): True,
        (f"after={ids[0]}&before={ids[2]}", (1,)): False,
        ("order=asc&limit=2", (2, 1)): True,
    }
    for (query, places), more in parts.items():
        part = ok(client.get(f"{path}?{query}"))
        assert [item["id"] for item in part["data"]] == [ids[place] for place in places], query
        assert part["has_more"] is more, query
    refused(client.get(f"{path}?after=msg_nothing"), 400, "after: the list holds no nothing")
    refused(stranger.get(path), 404, "no response")


@pytest.mark.databases("sqlite")
def test_a_response_is_complete_and_cannot_be_stopped(
    client: FlaskClient, stranger: FlaskClient, endpoint: ModelEndpoint
) -> None:
    assert endpoint
    made = ok(ask(client))
    path = f"/v1/responses/{made['id']}/cancel"
    refused(client.post(path), 400, "The response is complete")
    refused(stranger.post(path), 404, "no response")
    assert ok(client.get(f"/v1/responses/{made['id']}")) == made


def test_a_response_that_is_not_stored_is_not_there(
    client: FlaskClient, endpoint: ModelEndpoint, services: Services
) -> None:
    assert endpoint
    made = ok(ask(client, store=False))
    assert made["store"] is False
    refused(client.get(f"/v1/responses/{made['id']}"), 404, "no response")
    with connection(services.database):
        assert not KeptResponse.select().count()


@pytest.mark.databases("sqlite")
def test_responses_of_others_are_not_there(
    client: FlaskClient, stranger: FlaskClient, endpoint: ModelEndpoint
) -> None:
    assert endpoint
    made = ok(ask(client))
    refused(stranger.get(f"/v1/responses/{made['id']}"), 404, "no response")
    refused(stranger.delete(f"/v1/responses/{made['id']}"), 404, "no response")
    refused(ask(stranger, previous_response_id=made["id"]), 404, "no response")
    item = {"type": "item_reference", "id": made["output"][0]["id"]}
    again = {"role": "user", "content": "And?"}
    refused(ask(stranger, input=[item, again]), 404, "no response")
    assert ok(client.get(f"/v1/responses/{made['id']}")) == made


@pytest.mark.databases("sqlite")
def test_the_input_may_be_a_conversation(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    endpoint.script += [said("At dusk."), said("At dawn.")]
    first = ok(ask(client))
    ok(
        ask(
            client,
            instructions=None,
            input=[
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": [{"type": "input_text", "text": "Who are you?"}]},
                {
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "output_text", "text": "A guide.", "annotations": []}],
                },
                {"type": "file_search_call", "id": "fs_1", "status": "completed", "queries": []},
                {"type": "reasoning", "id": "rs_1", "summary": []},
                {"role": "user", "content": LAMP},
                {"type": "item_reference", "id": first["output"][0]["id"]},
                {"role": "user", "content": "And out?"},
            ],
        )
    )
    asked = endpoint.received[-1].body["messages"]
    assert [(message["role"], message["content"]) for message in asked] == [
        ("system", "Be brief."),
        ("user", "Who are you?"),
        ("assistant", "A guide."),
        ("user", LAMP),
        ("assistant", "At dusk."),
        ("user", "And out?"),
    ]


ORDER = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.file_search_call.completed",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.annotation.added",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


@pytest.mark.databases("sqlite")
def test_a_stream_ends_with_the_whole_response(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At dusk ", "[ID:0]."))
    with ask(client, stream=True, tools=file_search(corpus), include=[RESULTS]) as answer:
        assert answer.content_type.startswith("text/event-stream")
        found = events(answer)
    assert [one["type"] for one in found] == ORDER
    assert found[0]["response"]["status"] == "in_progress"
    assert found[0]["response"]["output"] == []
    whole = found[-1]["response"]
    deltas = [one["delta"] for one in found if one["type"] == "response.output_text.delta"]
    assert "".join(deltas) == text_of(whole) == "At dusk [ID:0]."
    done = [one["item"] for one in found if one["type"] == "response.output_item.done"]
    assert done == whole["output"]
    [citation] = whole["output"][1]["content"][0]["annotations"]
    assert next(one["annotation"] for one in found if "annotation" in one) == citation
    indexes = {one["output_index"] for one in found[7:-1]}
    assert indexes == {1}
    kept = client.get(f"/v1/responses/{whole['id']}", query_string={"include[]": RESULTS})
    assert ok(kept) == whole


@pytest.mark.databases("sqlite")
def test_a_model_that_fails_ends_the_stream_with_an_error(
    client: FlaskClient, endpoint: ModelEndpoint, services: Services
) -> None:
    endpoint.script.append(stream(event(content="The"), cut=True))
    with ask(client, stream=True) as answer:
        frames = answer.get_data(as_text=True).rstrip("\n").split("\n\n")
    name, data = frames[-1].split("\n")
    told = json.loads(data.removeprefix("data: "))
    assert name == "event: error"
    assert told["type"] == "error"
    assert told["message"] == told["error"]["message"] != ""
    assert told["error"]["type"] == "server_error"
    with connection(services.database):
        assert not KeptResponse.select().count()


@pytest.mark.databases("sqlite")
def test_an_answer_that_is_cut_is_incomplete(client: FlaskClient, endpoint: ModelEndpoint) -> None:
    assert endpoint
    made = ok(ask(client, max_output_tokens=3))
    assert made["status"] == made["output"][0]["status"] == "incomplete"
    assert made["incomplete_details"] == {"reason": "max_output_tokens"}
    with ask(client, max_output_tokens=3, stream=True) as answer:
        last = events(answer)[-1]
    assert (last["type"], last["response"]["status"]) == ("response.incomplete", "incomplete")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"input": None}, "input"),
        ({"input": ""}, "input"),
        ({"input": [{"role": "assistant", "content": "x"}]}, "input"),
        ({"input": [{"content": [{"type": "input_image"}]}]}, "input_image"),
        ({"input": [{"type": "function_call_output"}]}, "function_call_output"),
        ({"tools": [{"type": "web_search"}]}, "web_search"),
        ({"tools": [{"type": "file_search"}]}, "vector_store_ids"),
        ({"tools": [{"type": "file_search", "vector_store_ids": ["a"]}] * 2}, "tools"),
        ({"tool_choice": {"type": "web_search"}}, "tool_choice"),
        ({"text": {"format": {"type": "json_schema"}}}, "text.format"),
        ({"include": ["message.output_text.logprobs"]}, "include"),
        ({"background": True}, "background"),
        ({"reasoning": {"effort": "high"}}, "reasoning"),
        ({"text": {"verbosity": "low"}}, "verbosity"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"context_management": [{"type": "compaction"}]}, "context_management"),
        ({"moderation": {"model": "x"}}, "moderation"),
        ({"max_tool_calls": 0}, "max_tool_calls"),
        ({"prompt": {"id": "x"}}, "prompt"),
        ({"temperature": 3}, "temperature"),
        ({"max_output_tokens": 0}, "max_output_tokens"),
        ({"metadata": {"a": 1}}, "metadata"),
    ],
)
def test_what_is_not_served_is_refused_by_name(
    client: FlaskClient, more: dict[str, object], field: str
) -> None:
    inner = refused(ask(client, **{"model": SENTENCES, **more}), 400, field)
    assert inner["type"] == "invalid_request_error"


@pytest.mark.databases("sqlite")
def test_a_kept_response_is_not_streamed(client: FlaskClient) -> None:
    made = ok(ask(client, model=SENTENCES))
    refused(client.get(f"/v1/responses/{made['id']}?stream=true"), 400, "stream")


@pytest.mark.databases("sqlite")
def test_a_model_that_is_not_there(client: FlaskClient) -> None:
    for model in ("gpt-4", "gpt-4@OpenAI"):
        assert refused(ask(client, model=model), 404, model)["code"] == "model_not_found"


@pytest.mark.databases("sqlite")
def test_a_base_without_v1_or_with_two_of_them_is_answered(client: FlaskClient) -> None:
    for base in ("", "/v1", "/v1/v1"):
        body = {"model": SENTENCES, "input": LAMP, "parallel_tool_calls": True, "seed": 1}
        made = ok(client.post(f"{base}/responses", json=body))
        assert ok(client.get(f"{base}/responses/{made['id']}")) == made
        assert client.delete(f"{base}/responses/{made['id']}").status_code == 200


def test_old_responses_and_batches_are_forgotten(
    client: FlaskClient, services: Services, corpus: Corpus
) -> None:
    old, new = (ok(ask(client, model=SENTENCES))["id"] for _ in range(2))
    file = {"file_ids": [corpus.document_id]}
    store = f"/v1/vector_stores/{corpus.dataset_id}/file_batches"
    batch = ok(client.post(store, json=file))["id"]
    with connection(services.database):
        month = now_ms() - 31 * 24 * 60 * 60 * 1000
        this = KeptResponse.id == old.removeprefix("resp_")
        KeptResponse.update(create_time=month).where(this).execute()
    while expire(services, TOKEN):
        pass
    refused(client.get(f"/v1/responses/{old}"), 404, "no response")
    assert ok(client.get(f"/v1/responses/{new}"))["id"] == new
    assert ok(client.get(f"{store}/{batch}"))["id"] == batch
