"""Bots: assistants and search apps for whoever has the token of one, and nothing else."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, client_with
from tests.functional.console.test_conversations import frames
from tests.functional.console.test_search_apps import make
from tests.functional.corpus import LAMP, TEXTS, Corpus
from tests.functional.library import API, data_of, refused
from tests.functional.shared_pages import beta_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

ABSENT = "0" * 32


@pytest.fixture
def bot(app: Flask, client: FlaskClient) -> FlaskClient:
    """Return a client with the token of a bot of `member`."""
    return client_with(app, beta_of(client))


@pytest.fixture
def chat(client: FlaskClient, corpus: Corpus) -> str:
    """Make an assistant that reads the corpus."""
    prompt = {"opener": "Good evening."}
    body = {"name": "Keeper", "dataset_ids": [corpus.dataset_id], "prompt": prompt}
    made: str = data_of(client.post(f"{API}/chats", json=body))["id"]
    return made


@pytest.mark.databases("sqlite")
def test_a_shared_page_shows_an_assistant(bot: FlaskClient, chat: str) -> None:
    info = data_of(bot.get(f"{API}/chatbots/{chat}/info"))
    assert info == {"title": "Keeper", "avatar": "", "prologue": "Good evening."}
    assert data_of(bot.get(f"/v1/conversation/getsse/{chat}")) == {"avatar": ""}


def test_a_shared_page_asks_in_a_session_of_its_own(
    bot: FlaskClient, client: FlaskClient, chat: str, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]."))
    place = f"{API}/chatbots/{chat}/completions"
    opening, end = frames(bot.post(place, json={"question": ""}))
    assert (opening["data"]["answer"], end["data"]) == ("Good evening.", True)
    session = opening["data"]["session_id"]
    body = {"question": LAMP, "session_id": session, "conversation_id": chat, "quote": True}
    *_, last, _ = frames(bot.post(place, json=body))
    assert last["data"]["answer"] == "At dusk [ID:0]."
    assert last["data"]["reference"]["chunks"][0]["content"] == TEXTS[0]
    assert last["data"]["prompt"] == "", "what the model was told is not for everybody"
    stored = data_of(client.get(f"{API}/chats/{chat}/sessions/{session}"))
    assert [message["content"] for message in stored["messages"]] == [
        "Good evening.",
        LAMP,
        "At dusk [ID:0].",
    ]


def test_an_answer_may_come_whole_and_without_sources(
    bot: FlaskClient, chat: str, endpoint: ModelEndpoint
) -> None:
    endpoint.script.append(said("At dusk [ID:0]."))
    place = f"{API}/chatbots/{chat}/completions"
    opening = data_of(bot.post(place, json={"stream": False}))
    asked = {"question": LAMP, "session_id": opening["session_id"], "quote": False}
    answer = data_of(bot.post(place, json={**asked, "stream": False}))
    assert (answer["answer"], answer["reference"], answer["prompt"]) == ("At dusk.", {}, "")


def test_a_shared_page_searches(
    bot: FlaskClient, console: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("At dusk [ID:0]."), said("And at dawn?"), said("Lamp\n- Dusk")]
    made = make(console, kb_ids=[corpus.dataset_id], similarity_threshold=0.99)
    detail = data_of(bot.get(f"{API}/searchbots/detail", query_string={"search_id": made}))
    assert (detail["id"], detail["search_config"]["kb_ids"]) == (made, [corpus.dataset_id])
    asked = {"question": LAMP, "kb_ids": [corpus.dataset_id]}
    *_, last, _ = frames(bot.post(f"{API}/searchbots/ask", json=asked))
    assert (last["data"]["answer"], last["data"]["prompt"]) == ("At dusk [ID:0].", "")
    related = bot.post(f"{API}/searchbots/related_questions", json={"question": LAMP})
    assert data_of(related) == ["And at dawn?"]
    tree = data_of(bot.post(f"{API}/searchbots/mindmap", json=asked))
    assert tree == {"id": "Lamp", "children": [{"id": "Dusk", "children": []}]}


def test_a_search_goes_by_the_app_where_it_says_nothing(
    bot: FlaskClient, console: FlaskClient, corpus: Corpus
) -> None:
    made = make(console, kb_ids=[corpus.dataset_id], similarity_threshold=0.99)

    def found(**fields: object) -> dict[str, Any]:
        body = {"question": LAMP, "kb_id": [corpus.dataset_id], **fields}
        page: dict[str, Any] = data_of(bot.post(f"{API}/searchbots/retrieval_test", json=body))
        return page

    everything = found()
    assert everything["total"] == len(TEXTS), "no threshold at all"
    assert found(size=1, page=2)["chunks"] == everything["chunks"][1:2]
    assert found(kb_id=corpus.dataset_id, size=0, page=0) == everything
    assert found(search_id=made)["total"] == 0
    assert found(search_id=made, similarity_threshold=0.0) == everything
    assert found(doc_ids=[corpus.document_id])["total"] == len(TEXTS)
    assert "highlight" not in everything["chunks"][0]
    assert "<em>" in found(highlight=True)["chunks"][0]["highlight"]


@pytest.mark.databases("sqlite")
def test_a_found_chunk_has_what_the_search_page_reads(bot: FlaskClient, corpus: Corpus) -> None:
    body = {"question": LAMP, "kb_id": [corpus.dataset_id], "highlight": True}
    page = data_of(bot.post(f"{API}/searchbots/retrieval_test", json=body))
    for chunk in page["chunks"]:
        assert {name: type(value) for name, value in chunk.items()} == {
            **dict.fromkeys(("chunk_id", "content_with_weight", "doc_id", "docnm_kwd"), str),
            **dict.fromkeys(("kb_id", "image_id", "img_id", "doc_type_kwd", "highlight"), str),
            **dict.fromkeys(("important_kwd", "question_kwd", "positions", "headings"), list),
            **dict.fromkeys(("similarity", "vector_similarity", "term_similarity"), float),
        }
    counted = {"doc_id": corpus.document_id, "doc_name": "keeper.md", "count": len(TEXTS)}
    assert page["doc_aggs"] == [counted]


@pytest.mark.databases("sqlite")
def test_the_token_opens_nothing_else(bot: FlaskClient, chat: str) -> None:
    for path in (f"{API}/chats", f"{API}/chats/{chat}", f"{API}/system/tokens", "/v1/user/info"):
        answer = bot.get(path)
        assert answer.get_json()["code"] in {109, 401}, path


@pytest.mark.databases("sqlite")
def test_a_key_opens_no_bot(client: FlaskClient, anonymous: FlaskClient, chat: str) -> None:
    path = f"{API}/chatbots/{chat}/info"
    assert refused(client.get(path), 401, 109) == "Authentication error: the token is invalid!"
    assert refused(anonymous.get(path), 401, 109).startswith("Authorization is not valid!")


@pytest.mark.databases("sqlite")
def test_a_token_ends_with_its_key(
    app: Flask, client: FlaskClient, console: FlaskClient, chat: str
) -> None:
    key = data_of(console.post("/v1/system/new_token"))
    path = f"{API}/chatbots/{chat}/info"
    holder = client_with(app, key["beta"])
    assert data_of(holder.get(path))["title"] == "Keeper"
    assert data_of(client.delete(f"{API}/system/tokens/{key['id']}")) is True
    assert refused(holder.get(path), 401, 109)


@pytest.mark.databases("sqlite")
def test_a_token_that_is_nearly_right_is_wrong(app: Flask, client: FlaskClient, chat: str) -> None:
    right = beta_of(client)
    assert len(right) == 32
    last = "0" if right[-1] != "0" else "1"
    for wrong in (right[:-1] + last, right.upper(), right[:12], right + "0", "é" * 32):
        guess = client_with(app, wrong)
        guess.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {wrong}".encode().decode("latin-1")
        assert refused(guess.get(f"{API}/chatbots/{chat}/info"), 401, 109)


def test_a_token_is_kept_nowhere(services: Services, member: Member, client: FlaskClient) -> None:
    beta = beta_of(client)
    found = services.accounts.bots.authenticate(beta)
    assert found is not None
    assert (found.tenant_id, found.user_id) == (member.account.id, member.account.id)
    with services.reading():
        rows = services.database.execute_sql("SELECT * FROM api_key").fetchall()
    assert beta not in repr(rows)
    assert beta[12:] not in repr(rows)


@pytest.mark.databases("sqlite")
def test_what_is_somebody_elses_is_not_there(
    stranger: FlaskClient, app: Flask, chat: str, corpus: Corpus
) -> None:
    other = client_with(app, beta_of(stranger))
    assert refused(other.get(f"{API}/chatbots/{chat}/info"), 404, 102)
    body = {"question": LAMP, "kb_ids": [corpus.dataset_id]}
    assert refused(other.post(f"{API}/searchbots/ask", json=body), 400, 102)
    search = {"question": LAMP, "kb_id": corpus.dataset_id}
    assert refused(other.post(f"{API}/searchbots/retrieval_test", json=search), 404, 102)


@pytest.mark.databases("sqlite")
def test_rest_clients_ask_datasets_and_for_related_questions(
    client: FlaskClient, corpus: Corpus, endpoint: ModelEndpoint
) -> None:
    endpoint.script += [said("At dusk [ID:0]."), *[said("Why?\nWho?")] * 3, said("Lamp\n- Oil")]
    body = {"question": LAMP, "dataset_ids": [corpus.dataset_id]}
    *_, last, _ = frames(client.post(f"{API}/sessions/ask", json=body))
    assert last["data"]["answer"] == "At dusk [ID:0]."
    pages = ("sessions/related_questions", "chat/recommendation", "chat/recommandation")
    for page in pages:
        asked = {"question": LAMP, "industry": "shipping"}
        assert data_of(client.post(f"{API}/{page}", json=asked)) == ["Why?", "Who?"]
        assert "shipping" in endpoint.received[-1].body["messages"][0]["content"]
    outlined = {"question": LAMP, "kb_ids": [corpus.dataset_id]}
    tree = data_of(client.post(f"{API}/chat/mindmap", json=outlined))
    assert tree == {"id": "Lamp", "children": [{"id": "Oil", "children": []}]}
    assert "`dataset_ids`" in refused(
        client.post(f"{API}/sessions/ask", json={"question": LAMP, "dataset_ids": [ABSENT]}),
        400,
        102,
    )
