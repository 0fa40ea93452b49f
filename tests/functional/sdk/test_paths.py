"""Where a document's file was below its folder: kept with the document, and told by citations."""

import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.functional.ingesting import Site
from tests.functional.library import API, data_of, make_dataset, refused

pytestmark = pytest.mark.databases("sqlite")


def uploaded(client: FlaskClient, dataset: str, *names: str, metadata: str) -> TestResponse:
    """Upload files with the form field of their metadata."""
    parts = [FileStorage(io.BytesIO(b"The lamp is lit at dusk."), name) for name in names]
    boundary, body = encode_multipart({"meta_fields": metadata, "file": parts})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"{API}/datasets/{dataset}/documents", data=body, content_type=kind)


def test_documents_of_an_upload_have_the_metadata_that_come_with_it(client: FlaskClient) -> None:
    dataset = make_dataset(client)["id"]
    sent = '{"path": "2025/a.txt", "author": "Nia"}'
    made = data_of(uploaded(client, dataset, "a.txt", "b.txt", metadata=sent))
    listed = data_of(client.get(f"{API}/datasets/{dataset}/documents"))["docs"]
    for document in (*made, *listed):
        assert document["meta_fields"] == {"path": "2025/a.txt", "author": "Nia"}


@pytest.mark.parametrize(
    ("metadata", "code"), [("{", 101), ("[1]", 102), ('{"path": {}}', 102), ('{" ": 1}', 102)]
)
def test_metadata_that_cannot_be_kept_refuse_the_upload(
    client: FlaskClient, metadata: str, code: int
) -> None:
    dataset = make_dataset(client)["id"]
    answer = uploaded(client, dataset, "a.txt", metadata=metadata)
    assert "meta_fields" in refused(answer, 400, code)
    assert data_of(client.get(f"{API}/datasets/{dataset}/documents"))["total"] == 0


def asked(site: Site, dataset: str) -> list[dict[str, Any]]:
    """Return the passages of a search, of an answer and of the session that keeps it."""
    question = "When is the lamp lit?"
    body = {"dataset_ids": [dataset], "question": question}
    found = data_of(site.client.post(f"{API}/retrieval", json=body))["chunks"]
    chat = data_of(site.client.post(f"{API}/chats", json={"name": "x", "dataset_ids": [dataset]}))
    session = data_of(site.client.post(f"{API}/chats/{chat['id']}/sessions", json={"name": "s"}))
    body = {"question": question, "session_id": session["id"], "stream": False}
    answer = data_of(site.client.post(f"{API}/chats/{chat['id']}/completions", json=body))
    kept = data_of(site.client.get(f"{API}/chats/{chat['id']}/sessions/{session['id']}"))
    return [
        *found,
        *answer["reference"]["chunks"],
        *kept["messages"][-1]["reference"],
    ]


@pytest.mark.parametrize("metadata", ["", '{"path": "2025/a.txt"}', '{"path": 7}'])
def test_citations_tell_the_path(site: Site, metadata: str) -> None:
    dataset = make_dataset(site.client)["id"]
    [made] = data_of(uploaded(site.client, dataset, "a.txt", metadata=metadata))
    site.parse(f"{API}/datasets/{dataset}/documents/{made['id']}")
    site.work()
    passages = asked(site, dataset)
    assert len(passages) == 3
    expected = "2025/a.txt" if "2025" in metadata else ""
    assert {passage["document_path"] for passage in passages} == {expected}
    assert {passage["document_name"] for passage in passages} == {"a.txt"}
