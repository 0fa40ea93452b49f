"""Files that are put into a conversation: they become documents, and questions are about them."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from api.db.models.document import Document
from api.db.models.states import RunState
from tests.functional.console.test_conversations import FIRST, Talk, begin
from tests.functional.console.test_dialogs import save
from tests.functional.corpus import Corpus
from tests.functional.ingesting import Site
from tests.functional.library import data_of

pytestmark = pytest.mark.databases("sqlite")

OIL = "How much oil does the lamp take?"
ORDER = b"The lamp takes nine litres of oil."


@pytest.fixture
def talk(console: FlaskClient, corpus: Corpus) -> Talk:
    """Begin a conversation with an assistant that reads the corpus."""
    dialog = save(console, kb_ids=[corpus.dataset_id])["id"]
    return Talk(console, dialog, begin(console, dialog)["id"])


def put(client: FlaskClient, conversation: str, *names: str) -> dict[str, Any]:
    """Put files into a conversation as the page does; return the envelope."""
    files = [FileStorage(io.BytesIO(ORDER), name) for name in names]
    boundary, body = encode_multipart({"conversation_id": conversation, "file": files})
    kind = f"multipart/form-data; boundary={boundary}"
    answer = client.post("/v1/document/upload_and_parse", data=body, content_type=kind)
    envelope: dict[str, Any] = answer.get_json()
    return envelope


def ask(talk: Talk, *documents: str) -> dict[str, Any]:
    """Ask about documents; return the envelope."""
    message = {"id": FIRST, "role": "user", "content": OIL, "doc_ids": list(documents)}
    body = {"conversation_id": talk.conversation, "messages": [message], "stream": False}
    answer: dict[str, Any] = talk.client.post("/v1/conversation/completion", json=body).get_json()
    return answer


def test_a_question_is_about_the_files_that_were_put_in(
    talk: Talk, site: Site, corpus: Corpus
) -> None:
    [document] = put(talk.client, talk.conversation, "order.txt")["data"]
    early = ask(talk, document)
    said = "order.txt is still being parsed: ask again in a moment."
    assert (early["code"], early["message"]) == (102, said)
    assert talk.contents() == ["Good evening."], "nothing was asked yet"
    assert site.work() == 1
    chunks = ask(talk, document)["data"]["reference"]["chunks"]
    assert [chunk["document_id"] for chunk in chunks] == [document]
    shown = talk.shown()["message"]
    assert [message["doc_ids"] for message in shown] == [[], [document], []]
    listed = data_of(site.client.get(f"/api/v1/datasets/{corpus.dataset_id}/documents"))
    assert "order.txt" in {item["name"] for item in listed["docs"]}


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_a_file_that_cannot_be_parsed_is_told(talk: Talk, site: Site) -> None:
    [document] = put(talk.client, talk.conversation, "order.txt")["data"]
    site.set_rows(Document, Document.id == document, run=RunState.FAIL.value)
    answer = ask(talk, document)
    assert (answer["code"], "order.txt could not be parsed" in answer["message"]) == (102, True)


def test_files_want_a_dataset_that_keeps_them(
    console: FlaskClient, talk: Talk, stranger: FlaskClient
) -> None:
    bare = begin(console, save(console, name="Bare")["id"], "b" * 32)["id"]
    assert put(console, bare, "a.txt")["message"].startswith("Choose a dataset for the assistant")
    for client, conversation in ((stranger, talk.conversation), (console, "c" * 32)):
        answer = put(client, conversation, "a.txt")
        assert (answer["code"], answer["message"]) == (102, "Conversation not found!")
    assert put(console, talk.conversation)["code"] == 101
    assert put(console, talk.conversation, "a.exe")["code"] == 500
