"""Search apps as the console's pages make, change, list, use and delete them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.console.test_conversations import frames
from tests.functional.console.test_dialogs import by_shelf, save
from tests.functional.corpus import TEXTS, Corpus
from tests.functional.library import data_of
from tests.functional.reranking import MODEL, let_rank
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

ABSENT = "0" * 32
LAMP = "When does the keeper light the lamp?"


def post(client: FlaskClient, address: str, **body: object) -> Any:
    return data_of(client.post(f"/v1/{address}", json=body))


def make(client: FlaskClient, name: str = "Coast", **config: object) -> str:
    made: str = post(client, "search/create", name=name)["search_id"]
    if config:
        post(client, "search/update", search_id=made, search_config=config)
    return made


def show(client: FlaskClient, search_id: str) -> dict[str, Any]:
    asked = {"search_id": search_id}
    shown: dict[str, Any] = data_of(client.get("/v1/search/detail", query_string=asked))
    return shown


def names(client: FlaskClient, **body: object) -> list[str]:
    return [app["name"] for app in post(client, "search/list", **body)["search_apps"]]


def refusal(client: FlaskClient, address: str, **body: object) -> tuple[int, str]:
    answer = client.post(f"/v1/{address}", json=body).get_json()
    assert answer.keys() == {"code", "message"}
    return answer["code"], answer["message"]


def test_an_app_is_made_changed_and_deleted(
    console: FlaskClient, corpus: Corpus, stranger: FlaskClient
) -> None:
    made = make(console)
    assert show(console, made)["search_config"]["kb_ids"] == []
    config = {"kb_ids": [corpus.dataset_id, ABSENT], "summary": True, "top_k": 64}
    changed = post(
        console, "search/update", search_id=made, name="Shore", avatar="", search_config=config
    )
    assert changed == show(console, made)
    assert (changed["name"], changed["search_config"]["kb_ids"]) == ("Shore", [corpus.dataset_id])
    assert (changed["search_config"]["summary"], changed["search_config"]["top_k"]) == (True, 64)
    renamed = post(console, "search/update", search_id=made, name="Beach")
    assert renamed["search_config"] == changed["search_config"], "what is not given stays"
    for page in ("update", "rm"):
        assert refusal(stranger, f"search/{page}", search_id=made)[0] == 102
    assert post(console, "search/rm", search_id=made) is True
    assert refusal(console, "search/rm", search_id=made) == (102, "There is no such search app.")


def test_names_are_numbered_when_new_and_refused_afterwards(console: FlaskClient) -> None:
    make(console), make(console, "COAST")
    assert names(console, orderby="name", desc=False) == ["COAST(1)", "Coast"]
    other = make(console, "Other")
    code, message = refusal(console, "search/update", search_id=other, name="coast")
    assert (code, message) == (102, "There is a search app coast already.")
    assert show(console, other)["name"] == "Other"


def test_lists_are_pages_or_whole(console: FlaskClient, stranger: FlaskClient) -> None:
    for number in range(3):
        make(console, f"number {number}")
    make(stranger, "theirs")
    assert names(console) == ["number 2", "number 1", "number 0"]
    assert names(console, page=2, page_size=2) == ["number 0"]
    assert names(console, keywords="1") == ["number 1"]
    assert names(console, owner_ids=[ABSENT]) == []
    assert post(console, "search/list", page=1, page_size=1)["total"] == 3


def test_datasets_that_are_gone_are_left_out(
    console: FlaskClient, corpus: Corpus, services: Services
) -> None:
    made = make(console, kb_ids=[corpus.dataset_id])
    corpus.drop(services)
    assert show(console, made)["search_config"]["kb_ids"] == []
    code, message = refusal(console, "conversation/ask", question=LAMP, search_id=made)
    assert (code, message[:31]) == (102, "There is no dataset to search: ")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({"name": ""}, 102, "Search name can't be empty."),
        ({"name": 7}, 102, "Search name must be string."),
        ({"name": "x" * 256}, 102, "Search name length is 256 which is larger than 255"),
        ({"search_config": {"chat_id": "no@Where"}}, 102, "`llm_id` no@Where doesn't exist"),
        ({"search_config": {"rerank_id": "no@Where"}}, 102, "`rerank_id` no@Where doesn't exist"),
        ({"search_config": {"web_search": True}}, 101, "Field: <search_config.web_search>"),
        ({"search_config": {"top_k": 0}}, 101, "Field: <search_config.top_k>"),
        (
            {"search_config": {"meta_data_filter": {"method": "auto"}}},
            101,
            "Field: <search_config.meta_data_filter>",
        ),
    ],
)
def test_what_is_wrong_is_named(
    console: FlaskClient, fields: dict[str, Any], code: int, message: str
) -> None:
    made = make(console)
    found = refusal(console, "search/update", search_id=made, **fields)
    assert (found[0], found[1][: len(message)]) == (code, message)
    assert names(console) == ["Coast"]


def test_an_answer_is_made_as_the_app_says(
    console: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]."))
    made = make(console, kb_ids=[corpus.dataset_id], llm_setting={"temperature": 0.6})
    body = {"question": LAMP, "search_id": made, "tenantId": corpus.tenant_id}
    *_, last, end = frames(console.post("/v1/conversation/ask", json=body))
    assert end["data"] is True
    assert last["data"]["answer"] == "At dusk [ID:0]."
    assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    assert endpoint.received[0].body["temperature"] == 0.6


@pytest.mark.databases("sqlite")
def test_datasets_are_asked_without_an_app_too(console: FlaskClient, corpus: Corpus) -> None:
    body = {"question": LAMP, "kb_ids": [corpus.dataset_id]}
    *_, last, _ = frames(console.post("/v1/conversation/ask", json=body))
    assert "[ID:0]" in last["data"]["answer"]
    assert refusal(console, "conversation/ask", question=" ", kb_ids=[corpus.dataset_id]) == (
        102,
        "`question` is required.",
    )
    assert refusal(console, "conversation/ask", question=LAMP, search_id=ABSENT)[0] == 102


@pytest.mark.databases("sqlite")
def test_an_outline_is_a_tree_of_what_the_passages_say(
    console: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    outline = "The lamp\n- Light\n  - At dusk\n  - At dawn\n- Oil\n  - At dusk\n"
    endpoint.script.append(said(outline))
    body = {"question": LAMP, "kb_ids": [corpus.dataset_id]}
    tree = post(console, "conversation/mindmap", **body)
    assert tree == {
        "id": "The lamp",
        "children": [
            {
                "id": "Light",
                "children": [
                    {"id": "At dusk", "children": []},
                    {"id": "At dawn", "children": []},
                ],
            },
            {"id": "Oil", "children": [{"id": "At dusk (2)", "children": []}]},
        ],
    }
    assert TEXTS[0] in endpoint.received[0].body["messages"][1]["content"]


@pytest.mark.databases("sqlite")
def test_without_a_model_there_is_no_outline(console: FlaskClient, corpus: Corpus) -> None:
    found = refusal(console, "conversation/mindmap", question=LAMP, kb_ids=[corpus.dataset_id])
    assert (found[0], "needs a chat model" in found[1]) == (102, True)


@pytest.mark.databases("sqlite")
def test_a_rerank_model_is_kept_and_ranks(
    console: FlaskClient, corpus: Corpus, services: Services, endpoint: ModelEndpoint
) -> None:
    let_rank(services, endpoint)
    made = make(console, kb_ids=[corpus.dataset_id], rerank_id=MODEL, similarity_threshold=0)
    assert show(console, made)["search_config"]["rerank_id"] == MODEL
    dialog = save(console, kb_ids=[corpus.dataset_id], rerank_id=MODEL)
    assert dialog["rerank_id"] == MODEL
    body = {"question": LAMP, "search_id": made}
    *_, last, _ = frames(console.post("/v1/conversation/ask", json=body))
    assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    asked = next(one for one in endpoint.received if "documents" in one.body)
    assert (asked.body["query"], len(asked.body["documents"])) == (LAMP, len(TEXTS))


@pytest.mark.databases("sqlite")
def test_a_retrieval_test_goes_by_the_app_where_it_says_nothing(
    console: FlaskClient, corpus: Corpus
) -> None:
    made = make(console, kb_ids=[corpus.dataset_id], similarity_threshold=0.99)
    body = {"kb_id": [corpus.dataset_id], "question": LAMP, "page": 1, "size": 50}
    assert post(console, "chunk/retrieval_test", **body)["total"] > 0
    assert post(console, "chunk/retrieval_test", **body, search_id=made)["total"] == 0
    given = {"search_id": made, "similarity_threshold": 0.0, "highlight": True}
    found = post(console, "chunk/retrieval_test", **body, **given)
    assert found["total"] == len(TEXTS)
    assert "<em>" in found["chunks"][0]["highlight"]
    assert refusal(console, "chunk/retrieval_test", **body, search_id=ABSENT)[0] == 102


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("shelf", "total"), [("north", len(TEXTS)), ("south", 0)])
def test_an_app_finds_only_what_its_filter_lets_through(
    console: FlaskClient, corpus: Corpus, shelf: str, total: int
) -> None:
    config = {"kb_ids": [corpus.dataset_id], "meta_data_filter": by_shelf(shelf)}
    made = make(console, **config, similarity_threshold=0)
    assert show(console, made)["search_config"]["meta_data_filter"] == by_shelf(shelf)
    body = {"question": LAMP, "search_id": made}
    *_, last, _ = frames(console.post("/v1/conversation/ask", json=body))
    assert len(last["data"]["reference"]["chunks"]) == total
    test = {"kb_id": [corpus.dataset_id], "question": LAMP}
    assert post(console, "chunk/retrieval_test", **test, search_id=made)["total"] == total
    filtered = {**test, "similarity_threshold": 0, "meta_data_filter": by_shelf(shelf)}
    assert post(console, "chunk/retrieval_test", **filtered)["total"] == total
