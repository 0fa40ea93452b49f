"""What the console's pages of assistants and conversations answer, field by field.

The tables are what RAGFlow's web pages read: a field that is missing or of another type blanks one,
or makes its form send nothing.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.console.test_conversations import FIRST, LAMP, Talk, begin, frames
from tests.functional.console.test_dialogs import save, show
from tests.functional.corpus import Corpus
from tests.functional.library import data_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.databases("sqlite")

DIALOG: Mapping[str, type] = {
    **dict.fromkeys(("id", "tenant_id", "name", "icon", "description", "language"), str),
    **dict.fromkeys(("llm_id", "rerank_id", "prompt_type", "do_refer", "status"), str),
    **dict.fromkeys(("kb_ids", "kb_names"), list),
    **dict.fromkeys(("prompt_config", "llm_setting", "meta_data_filter"), dict),
    **dict.fromkeys(("similarity_threshold", "vector_similarity_weight"), float),
    **dict.fromkeys(("top_n", "top_k", "create_time", "update_time"), int),
    **dict.fromkeys(("create_date", "update_date"), str),
}
PROMPT: Mapping[str, type] = {
    **dict.fromkeys(("system", "prologue", "empty_response"), str),
    **dict.fromkeys(("parameters", "cross_languages"), list),
    **dict.fromkeys(("quote", "keyword", "tts", "refine_multiturn", "use_kg"), bool),
    **dict.fromkeys(("reasoning", "toc_enhance"), bool),
}
SETTINGS: Mapping[str, type] = {
    **dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), float),
    "max_tokens": int,
}
LISTED: Mapping[str, type] = {
    **dict.fromkeys(("id", "dialog_id", "name", "user_id", "create_date", "update_date"), str),
    **dict.fromkeys(("create_time", "update_time"), int),
}
CONVERSATION = LISTED | {"message": list, "reference": list}
MESSAGE: Mapping[str, type] = {
    **dict.fromkeys(("id", "role", "content", "prompt", "feedback"), str),
    "doc_ids": list,
    "thumbup": type(None),
}
ANSWER: Mapping[str, type] = {
    **dict.fromkeys(("answer", "id", "prompt", "session_id"), str),
    "reference": dict,
    "audio_binary": type(None),
    "created_at": float,
}
REFERENCE: Mapping[str, type] = {"chunks": list, "doc_aggs": list, "total": int}
CHUNK: Mapping[str, type] = {
    **dict.fromkeys(("id", "content", "document_id", "document_name", "document_path"), str),
    **dict.fromkeys(("dataset_id", "image_id", "doc_type"), str),
    **dict.fromkeys(("similarity", "vector_similarity", "term_similarity"), float),
    **dict.fromkeys(("positions", "headings", "duplicates"), list),
    "url": type(None),
}
DOCUMENT: Mapping[str, type] = {"doc_id": str, "doc_name": str, "count": int, "url": type(None)}


def types_of(value: Mapping[str, Any]) -> dict[str, type]:
    """Return the types of an object's fields."""
    return {name: type(held) for name, held in value.items()}


def check_reference(reference: Mapping[str, Any]) -> None:
    """Check what an answer rests on."""
    assert types_of(reference) == REFERENCE
    assert reference["chunks"]
    for chunk in reference["chunks"]:
        assert types_of(chunk) == CHUNK
    known = {document["doc_id"] for document in reference["doc_aggs"]}
    assert {chunk["document_id"] for chunk in reference["chunks"]} <= known
    assert [types_of(document) for document in reference["doc_aggs"]] == [DOCUMENT]


@pytest.fixture
def talk(console: FlaskClient, corpus: Corpus) -> Talk:
    """Begin a conversation with an assistant that reads the corpus."""
    dialog = save(console, kb_ids=[corpus.dataset_id])["id"]
    return Talk(console, dialog, begin(console, dialog)["id"])


def test_an_assistant_has_what_its_pages_read(talk: Talk) -> None:
    listed = data_of(talk.client.post("/v1/dialog/next", json={}))
    assert types_of(listed) == {"dialogs": list, "total": int}
    for dialog in (*listed["dialogs"], show(talk.client, talk.dialog)):
        assert types_of(dialog) == DIALOG
        assert types_of(dialog["prompt_config"]) == PROMPT
        assert types_of(dialog["llm_setting"]) == SETTINGS
        assert dialog["prompt_config"]["parameters"] == [{"key": "knowledge", "optional": False}]


def test_what_a_form_was_shown_can_be_saved_again(talk: Talk) -> None:
    shown = show(talk.client, talk.dialog)
    sent = {**shown, "dialog_id": talk.dialog, "nickname": "x", "operator_permission": 1}
    saved = data_of(talk.client.post("/v1/dialog/set", json=sent))
    changing = {"update_time": 0, "update_date": ""}
    assert saved | changing == shown | changing


def test_a_conversation_has_what_its_page_reads(talk: Talk) -> None:
    talk.whole(LAMP)
    shown = talk.shown()
    assert types_of(shown) == CONVERSATION
    assert [types_of(message) for message in shown["message"]] == [MESSAGE] * 3
    [reference] = shown["reference"]
    check_reference(reference)
    asked = {"dialog_id": talk.dialog}
    listed = data_of(talk.client.get("/v1/conversation/list", query_string=asked))
    assert [types_of(conversation) for conversation in listed] == [LISTED]


def test_an_answer_has_what_its_page_reads(talk: Talk, endpoint: ModelEndpoint) -> None:
    endpoint.script.append(said("At ", "dusk [ID:0]."))
    *parts, last, end = frames(talk.ask(LAMP, FIRST))
    assert end["data"] is True
    for part in (*parts, last):
        assert types_of(part) == {"code": int, "message": str, "data": dict}
        assert types_of(part["data"]) == ANSWER
    check_reference(last["data"]["reference"])


SEARCH_APP: Mapping[str, type] = {
    **dict.fromkeys(("id", "tenant_id", "created_by", "name", "avatar", "description"), str),
    **dict.fromkeys(("status", "create_date", "update_date"), str),
    **dict.fromkeys(("create_time", "update_time"), int),
}
SEARCH_CONFIG: Mapping[str, type] = {
    **dict.fromkeys(("kb_ids", "cross_languages"), list),
    **dict.fromkeys(("similarity_threshold", "vector_similarity_weight"), float),
    **dict.fromkeys(("rerank_id", "chat_id"), str),
    **dict.fromkeys(("summary", "related_search", "query_mindmap"), bool),
    **dict.fromkeys(("web_search", "use_kg", "keyword"), bool),
    **dict.fromkeys(("llm_setting", "meta_data_filter"), dict),
    "top_k": int,
}


def test_a_search_app_has_what_its_pages_read(console: FlaskClient) -> None:
    made = data_of(console.post("/v1/search/create", json={"name": "Coast"}))
    assert types_of(made) == {"search_id": str}
    listed = data_of(console.post("/v1/search/list", json={"page": 1, "page_size": 50}))
    assert types_of(listed) == {"search_apps": list, "total": int}
    assert [types_of(app) for app in listed["search_apps"]] == [SEARCH_APP]
    shown = data_of(console.get("/v1/search/detail", query_string=made))
    assert types_of(shown) == SEARCH_APP | {"search_config": dict}
    assert types_of(shown["search_config"]) == SEARCH_CONFIG
    assert types_of(shown["search_config"]["llm_setting"]) == SETTINGS
    sent = {**made, **shown}
    saved = data_of(console.post("/v1/search/update", json=sent))
    changing = {"update_time": 0, "update_date": ""}
    assert saved | changing == shown | changing
