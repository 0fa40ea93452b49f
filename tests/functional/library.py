"""Datasets, documents and chunks as a client makes them."""

import io
import threading
from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from api.container import Services
from rag.engines.base import QueryTerm, SearchQuery

API = "/api/v1"

File = tuple[str, bytes]


def data_of(response: TestResponse) -> Any:
    """Return the data of an answer that must be a success."""
    body = response.get_json()
    assert body["code"] == 0, body
    assert response.status_code == 200
    return body.get("data")


def refused(response: TestResponse, status: int, code: int) -> str:
    """Return the message of an answer that must be this error."""
    body = response.get_json()
    assert (response.status_code, body["code"]) == (status, code), body
    return str(body["message"])


def code_of(answer: TestResponse) -> int:
    """Return the code of an answer of the console, whose refusals go out with status 200."""
    assert answer.status_code == 200, answer.text
    code: int = answer.get_json()["code"]
    return code


def is_refused(answer: TestResponse) -> bool:
    """Return whether an answer is an error, at whatever door."""
    if answer.status_code != 200 or answer.mimetype != "application/json":
        return answer.status_code >= 400
    body = answer.get_json()
    return isinstance(body, dict) and body.get("code", 0) != 0


def told(response: TestResponse) -> tuple[int, str]:
    """Return code and message of an answer of the console that must be an error, without data."""
    body = response.get_json()
    assert body.keys() == {"code", "message"}, body
    assert body["code"] != 0, body
    return body["code"], body["message"]


def make_dataset(client: FlaskClient, name: str = "handbook", **fields: object) -> dict[str, Any]:
    """Create a dataset."""
    made: dict[str, Any] = data_of(client.post(f"{API}/datasets", json={"name": name, **fields}))
    return made


def post_files(client: FlaskClient, dataset_id: str, *files: File) -> TestResponse:
    """Upload files."""
    parts = [FileStorage(io.BytesIO(content), name) for name, content in files]
    boundary, body = encode_multipart({"file": parts})
    kind = f"multipart/form-data; boundary={boundary}"
    return client.post(f"{API}/datasets/{dataset_id}/documents", data=body, content_type=kind)


def upload(client: FlaskClient, dataset_id: str, *files: File) -> list[dict[str, Any]]:
    """Upload files and return their documents."""
    documents: list[dict[str, Any]] = data_of(post_files(client, dataset_id, *files))
    return documents


def make_document(client: FlaskClient, name: str = "notes.txt") -> str:
    """Make a dataset with a document and return the document's path."""
    dataset = make_dataset(client)
    document = upload(client, dataset["id"], (name, b"some text"))[0]
    return f"{API}/datasets/{dataset['id']}/documents/{document['id']}"


def add_chunk(client: FlaskClient, document: str, content: str, **fields: object) -> dict[str, Any]:
    """Add a chunk to the document with this path."""
    body = {"content": content, **fields}
    chunk: dict[str, Any] = data_of(client.post(f"{document}/chunks", json=body))["chunk"]
    return chunk


def show_document(client: FlaskClient, document: str) -> dict[str, Any]:
    """Return the document with this path as lists show it."""
    folder, _, document_id = document.rpartition("/")
    shown: dict[str, Any] = data_of(client.get(folder, query_string={"id": document_id}))["docs"][0]
    return shown


def show_dataset(client: FlaskClient, document: str) -> dict[str, Any]:
    """Return the dataset that the document with this path belongs to."""
    dataset: dict[str, Any] = data_of(client.get(document.partition("/documents/")[0]))
    return dataset


def found(services: Services, document: str, token: str) -> list[str]:
    """Return the contents of the chunks that a search for a token finds."""
    query = SearchQuery((document.split("/")[4],), (QueryTerm(token),), threshold=0.01)
    return [hit.chunk.content for hit in services.chunk_store.search(query).hits]


def contents(client: FlaskClient, document: str, **query: object) -> list[str]:
    """Return the contents of a page of chunks."""
    listed = data_of(client.get(f"{document}/chunks", query_string=query))
    return [chunk["content"] for chunk in listed["chunks"]]


def counters(client: FlaskClient, document: str) -> tuple[int, int]:
    """Return how many chunks and tokens document and dataset say there are; both must agree."""
    shown, dataset = show_document(client, document), show_dataset(client, document)
    assert shown["chunk_count"] == dataset["chunk_count"]
    assert shown["token_count"] == dataset["token_num"]
    return shown["chunk_count"], shown["token_count"]


def together(*actions: Callable[[], object]) -> None:
    """Run actions in threads of their own at the same time."""
    barrier = threading.Barrier(len(actions))

    def run(action: Callable[[], object]) -> None:
        barrier.wait()
        action()

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
