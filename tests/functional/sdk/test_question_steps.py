"""What a chat model does with a question before it is searched for, and what surrounds passages."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import data_of, make_dataset, refused, upload
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Received, Reply

on_one_database = pytest.mark.databases("sqlite")
"""What does not depend on SQL: another test goes through the statements."""

SHINE = "Who makes the shine?"
WORDS = {"vector_similarity_weight": 0, "similarity_threshold": 0.01}


def found(client: FlaskClient, corpus: Corpus, **fields: Any) -> dict[str, Any]:
    """Search by words alone."""
    body = {"dataset_ids": [corpus.dataset_id], "question": SHINE, **WORDS, **fields}
    answer: dict[str, Any] = data_of(client.post("/api/v1/retrieval", json=body))
    return answer


def contents(answer: dict[str, Any]) -> list[str]:
    return [chunk["content"] for chunk in answer["chunks"]]


@pytest.fixture
def written(client: FlaskClient) -> str:
    """Return the path of a document whose chunks were written by hand."""
    dataset = make_dataset(client, "written")["id"]
    [document] = upload(client, dataset, ("keeper.txt", b"x"))
    path = f"/api/v1/datasets/{dataset}/documents/{document['id']}"
    for text in TEXTS:
        data_of(client.post(f"{path}/chunks", json={"content": text}))
    return path


def told(request: Received) -> list[str]:
    return [message["content"] for message in request.body["messages"]]


@on_one_database
def test_keywords_and_translations_find_what_the_question_does_not(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    assert contents(found(client, corpus)) == []
    endpoint.script.append(said("1. lighthouse\n", "- keeper\n", "\n", "keeper"))
    answer = found(client, corpus, keyword=True, highlight=True)
    assert contents(answer)[0] == TEXTS[0]
    assert "<em>lighthouse</em>" in answer["chunks"][0]["highlight"]
    assert answer["query"] == {
        "question": SHINE,
        "keywords": ["lighthouse", "keeper"],
        "translations": [],
        "remarks": [],
    }
    [asked] = endpoint.received
    assert told(asked)[1] == SHINE
    endpoint.script.append(said("Wer leuchtet?\n", "spring tides\n", "too much"))
    answer = found(client, corpus, cross_languages=["German", "English", "German"])
    assert contents(answer)[0] == TEXTS[1]
    assert answer["query"]["translations"] == ["Wer leuchtet?", "spring tides"]
    assert told(endpoint.received[-1])[1] == f"German\nEnglish\n\n{SHINE}"


@on_one_database
def test_a_step_that_fails_or_takes_too_long_is_left_out_and_said(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint, services: Services
) -> None:
    plain = found(client, corpus, question="lamp")
    never = threading.Event()
    try:
        for reply, why in ((Reply(status=400), "400"), (Reply(silent=True, after=never), "0.05")):
            settings = services.live.current
            retrieval = settings.retrieval.model_copy(update={"step_timeout": 0.05})
            services.live.take(settings.model_copy(update={"retrieval": retrieval}))
            endpoint.script.append(reply)
            answer = found(client, corpus, question="lamp", keyword=True)
            query = answer.pop("query")
            assert answer == plain
            assert query["keywords"] == []
            [remark] = query["remarks"]
            assert remark.startswith("There are no keywords: ")
            assert why in remark
    finally:
        never.set()


@on_one_database
def test_without_a_model_a_step_is_refused_and_nothing_else_is(
    client: FlaskClient, corpus: Corpus
) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": SHINE, "keyword": True}
    answer = client.post("/api/v1/retrieval", json=body)
    assert "needs a chat model" in refused(answer, 400, 102)
    assert found(client, corpus, question=" ", keyword=True)["total"] == 0
    chat = data_of(
        client.post(
            "/api/v1/chats",
            json={"name": "a", "dataset_ids": [corpus.dataset_id], "prompt": {"keyword": True}},
        )
    )
    body = {"question": "Who lights the lamp?", "stream": False}
    session = data_of(client.post(f"/api/v1/chats/{chat['id']}/sessions", json={}))["id"]
    path = f"/api/v1/chats/{chat['id']}/completions"
    answered = data_of(client.post(path, json={**body, "session_id": session}))
    assert answered["reference"]["chunks"]


@on_one_database
def test_nobody_pays_for_a_search_that_is_refused(
    stranger: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    body = {"dataset_ids": [corpus.dataset_id], "question": SHINE, "keyword": True}
    refused(stranger.post("/api/v1/retrieval", json=body), 404, 102)
    assert endpoint.received == []


@on_one_database
def test_an_assistant_puts_questions_into_their_context(
    client: FlaskClient, written: str, endpoint: ModelEndpoint
) -> None:
    prompt = {"refine_multiturn": True, "keyword": True, "context": 1}
    body = {"name": "a", "dataset_ids": [written.split("/")[4]], "prompt": prompt}
    chat = data_of(client.post("/api/v1/chats", json=body))
    assert {name: chat["prompt_config"][name] for name in prompt} == prompt
    path = f"/api/v1/chats/{chat['id']}"
    session = data_of(client.post(f"{path}/sessions", json={}))["id"]

    def ask(question: str, *replies: Reply) -> dict[str, Any]:
        endpoint.received.clear()
        endpoint.script.extend(replies)
        body = {"question": question, "session_id": session, "stream": False}
        answer: dict[str, Any] = data_of(client.post(f"{path}/completions", json=body))
        return answer

    ask("Where is E-1042 told of?", said("oil"), said("In the book."))
    assert len(endpoint.received) == 2
    rewritten = "When do spring tides come?"
    answer = ask("And when do they come?", said(rewritten), said("moon"), said("At new moon."))
    rewriting, keywords, answering = endpoint.received
    assert told(rewriting)[1].endswith("The question: And when do they come?")
    assert "user: Where is E-1042 told of?" in told(rewriting)[1]
    assert told(keywords)[1] == rewritten
    assert told(answering)[-1] == "And when do they come?"
    assert answer["reference"]["chunks"][0]["content"] == TEXTS[1]
    assert "\n".join(TEXTS) in told(answering)[0]


@on_one_database
def test_search_apps_keep_their_steps(
    client: FlaskClient, console: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    app = data_of(console.post("/v1/search/create", json={"name": "tides"}))["search_id"]
    config = {"kb_ids": [corpus.dataset_id], "keyword": True, "cross_languages": ["English"]}
    body = {"search_id": app, "name": "tides", "search_config": {**config, **WORDS}}
    data_of(console.post("/v1/search/update", json=body))
    detail = data_of(console.get("/v1/search/detail", query_string={"search_id": app}))
    assert {name: detail["search_config"][name] for name in config} == config
    endpoint.script.extend([said("moon"), said("spring")])
    asked = {"dataset_ids": [corpus.dataset_id], "question": SHINE, "search_id": app}
    answer = data_of(client.post("/api/v1/datasets/search", json=asked))
    assert answer["chunks"][0]["content_with_weight"] == TEXTS[1]
    assert len(endpoint.received) == 2


def test_neighbours_come_along(client: FlaskClient, written: str) -> None:
    first, second, third = TEXTS
    dataset = written.split("/")[4]

    def best(**fields: Any) -> dict[str, Any]:
        body = {"dataset_ids": [dataset], **WORDS, **fields}
        chunk: dict[str, Any] = data_of(client.post("/api/v1/retrieval", json=body))["chunks"][0]
        return chunk

    assert "context" not in best(question="tide")
    chunk = best(question="tide", context=1)
    assert chunk["content"] == second
    assert chunk["context"] == {"before": first, "after": third}
    last = best(question="E-1042", context=5)
    assert last["context"] == {"before": f"{first}\n{second}", "after": ""}
    off = {"chunk_ids": [chunk["id"]], "available": False}
    data_of(client.patch(f"{written}/chunks", json=off))
    assert best(question="E-1042", context=1)["context"] == {"before": first, "after": ""}
    body = {"dataset_ids": [dataset], "question": "x", "context": 1, "page_size": 101}
    assert "page_size" in refused(client.post("/api/v1/retrieval", json=body), 400, 102)
