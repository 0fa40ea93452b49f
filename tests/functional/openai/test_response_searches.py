"""Responses that search vector stores, and those of an assistant."""

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.corpus import LAMP, TEXTS, Corpus
from tests.functional.library import data_of
from tests.functional.openai.responding import RESULTS, SENTENCES, ask, file_search
from tests.functional.openai.storing import ok, refused
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint


@pytest.fixture
def guide(client: FlaskClient, corpus: Corpus) -> str:
    """Return the name of an assistant."""
    body = {"name": "guide", "dataset_ids": [corpus.dataset_id]}
    return str(data_of(client.post("/api/v1/chats", json=body))["name"])


def test_vector_stores_are_searched_for_a_plain_model(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("At dusk [ID:0]", ". Low oil [ID:1].")]
    tools = file_search(corpus, max_num_results=2, ranking_options={"score_threshold": 0})
    made = ok(ask(client, tools=tools, include=[RESULTS], instructions="Say {knowledge}."))
    search, message = made["output"]
    assert (search["type"], search["status"], search["queries"]) == (
        *("file_search_call", "completed", [LAMP]),
    )
    assert [set(result) for result in search["results"]] == [
        {"file_id", "filename", "score", "attributes", "text"}
    ] * 2
    best = search["results"][0]
    assert (best["text"], best["filename"]) == (TEXTS[0], "keeper.md")
    assert best["attributes"] == {"shelf": "north", "year": 1999}
    [part] = message["content"]
    file_id = f"file-{corpus.document_id}"
    assert part["annotations"] == [
        {
            "type": "file_citation",
            "index": part["text"].index(f"[ID:{place}]"),
            "file_id": file_id,
            "filename": "keeper.md",
        }
        for place in range(2)
    ]
    assert ok(client.get(f"/v1/files/{file_id}"))["filename"] == "keeper.md"
    told = endpoint.received[-1].body["messages"][0]["content"]
    assert told.startswith("Say {knowledge}.")
    assert TEXTS[0] in told
    [tool] = made["tools"]
    assert tool["vector_store_ids"] == tools[0]["vector_store_ids"]
    assert (tool["max_num_results"], tool["filters"]) == (2, None)
    kept = client.get(f"/v1/responses/{made['id']}", query_string={"include[]": RESULTS})
    assert ok(kept) == made
    assert ok(client.get(f"/v1/responses/{made['id']}"))["output"][0]["results"] is None


@pytest.mark.databases("sqlite")
def test_a_search_has_filters(client: FlaskClient, corpus: Corpus) -> None:
    filters = {"type": "gt", "key": "year", "value": 2000}
    both = {"type": "or", "filters": [filters, {"type": "eq", "key": "shelf", "value": "north"}]}
    for given, count in ((filters, 0), (both, 3), (None, 3)):
        search = {"filters": given, "ranking_options": {"score_threshold": 0}}
        tools = file_search(corpus, **search)
        made = ok(ask(client, model=SENTENCES, tools=tools, include=[RESULTS]))
        assert len(made["output"][0]["results"]) == count
        assert made["tools"][0]["filters"] == given


@pytest.mark.databases("sqlite")
def test_no_store_is_searched_where_no_tool_is_to_be_used(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    made = ok(ask(client, tools=file_search(corpus), tool_choice="none"))
    assert [item["type"] for item in made["output"]] == ["message"]
    assert endpoint.received[-1].body["messages"] == [{"role": "user", "content": LAMP}]
    chosen = ask(client, tools=file_search(corpus), tool_choice={"type": "file_search"})
    assert [item["type"] for item in ok(chosen)["output"]] == ["file_search_call", "message"]


@pytest.mark.databases("sqlite")
def test_stores_of_others_are_not_searched(
    client: FlaskClient, stranger: FlaskClient, corpus: Corpus, guide: str
) -> None:
    refused(ask(stranger, model=SENTENCES, tools=file_search(corpus)), 404, "no vector store")
    data_of(stranger.post("/api/v1/chats", json={"name": "other"}))
    refused(ask(stranger, model="other", tools=file_search(corpus)), 404, "no vector store")
    refused(ask(stranger, model=guide), 404, "no model")
    assert ok(ask(client, model=guide))["status"] == "completed"


@pytest.mark.databases("sqlite")
def test_an_assistant_answers_from_its_datasets(
    client: FlaskClient, corpus: Corpus, guide: str, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("At dusk [ID:0]."), said("Elsewhere.")]
    made = ok(ask(client, model=guide, instructions="Speak {softly}."))
    [message] = made["output"]
    [citation] = message["content"][0]["annotations"]
    assert citation == {
        "type": "url_citation",
        "url": f"http://localhost/v1/document/get/{corpus.document_id}#page=1",
        "title": "keeper.md",
        "start_index": 8,
        "end_index": 14,
    }
    told = endpoint.received[-1].body["messages"][0]["content"]
    assert TEXTS[0] in told
    assert "Speak {softly}." in told


@pytest.mark.databases("sqlite")
def test_an_assistant_searches_the_stores_that_are_given(
    client: FlaskClient, services: Services, corpus: Corpus, guide: str, endpoint: ModelEndpoint
) -> None:
    assert endpoint
    other = {"type": "file_search", "vector_store_ids": [corpus.another(services, "empty")]}
    made = ok(ask(client, model=guide, tools=[other], include=[RESULTS]))
    assert made["output"][0]["results"] == []
    assert TEXTS[0] not in endpoint.received[-1].body["messages"][0]["content"]
