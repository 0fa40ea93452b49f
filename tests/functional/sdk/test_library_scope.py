"""Who may do what to datasets, documents and chunks: every page, with every wrong way in."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.functional.conftest import client_with
from tests.functional.library import (
    add_chunk,
    data_of,
    make_document,
    post_files,
    show_dataset,
    show_document,
)

NOUNS = ("rest_datasets", "rest_documents", "rest_chunks")

BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("DELETE", "/datasets"): {"ids": ["{dataset_id}"]},
    ("PUT", "/datasets/<dataset_id>"): {"description": "taken over"},
    ("DELETE", "/datasets/<dataset_id>/documents"): {"ids": None},
    ("POST", "/datasets/<dataset_id>/documents/known"): {"content_hashes": ["0" * 64]},
    ("POST", "/datasets/<dataset_id>/documents/<document_id>/preview"): {"limit": 1},
    ("PUT", "/datasets/<dataset_id>/documents/<document_id>"): {"enabled": 0},
    ("PATCH", "/datasets/<dataset_id>/documents/<document_id>"): {"enabled": 0},
    ("POST", "/datasets/<dataset_id>/chunks"): {"document_ids": ["{document_id}"]},
    ("DELETE", "/datasets/<dataset_id>/chunks"): {"document_ids": ["{document_id}"]},
    ("POST", "/datasets/<dataset_id>/embedding/check"): {"embd_id": "hashing@Builtin"},
    ("POST", "/datasets/<dataset_id>/documents/parse"): {"document_ids": ["{document_id}"]},
    ("POST", "/datasets/<dataset_id>/documents/stop"): {"document_ids": ["{document_id}"]},
    ("POST", "/datasets/<dataset_id>/documents/<document_id>/chunks"): {"content": "planted"},
    ("PATCH", "/datasets/<dataset_id>/documents/<document_id>/chunks"): {
        "chunk_ids": ["{chunk_id}"],
        "available": 0,
    },
    ("DELETE", "/datasets/<dataset_id>/documents/<document_id>/chunks"): {"chunk_ids": None},
    ("PUT", "/datasets/<dataset_id>/documents/<document_id>/chunks/<chunk_id>"): {"content": "x"},
    ("PATCH", "/datasets/<dataset_id>/documents/<document_id>/chunks/<chunk_id>"): {"content": "x"},
}


def pages(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield method and path of every page of datasets, documents and chunks."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in NOUNS:
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                yield method, rule.rule


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Return a body with ids in the places of their names."""
    if isinstance(value, str):
        return ids.get(value.strip("{}"), value)
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    return value


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Make a document of `member` with a chunk and return its path."""
    path = make_document(client)
    add_chunk(client, path, "a chunk of my own")
    return path


@pytest.fixture
def ids(client: FlaskClient, document: str) -> dict[str, str]:
    """Return the ids of `member`'s dataset, document and chunk."""
    chunk = data_of(client.get(f"{document}/chunks"))["chunks"][0]
    return {
        "dataset_id": chunk["dataset_id"],
        "document_id": chunk["document_id"],
        "chunk_id": chunk["id"],
    }


def ask(client: FlaskClient, method: str, rule: str, ids: dict[str, str]) -> tuple[int, int]:
    """Call a page and return HTTP status and code."""
    path = rule
    for name, value in ids.items():
        path = path.replace(f"<{name}>", value)
    if (method, rule) == ("POST", "/api/v1/datasets/<dataset_id>/documents"):
        answer = post_files(client, ids["dataset_id"], ("planted.txt", b"x"))
    else:
        body = BODIES.get((method, rule.removeprefix("/api/v1")))
        answer = client.open(path, method=method, json=filled(body, ids) if body else None)
    return answer.status_code, answer.get_json()["code"]


@pytest.mark.databases("sqlite")
def test_nothing_of_others_is_seen_or_changed(
    app: Flask, client: FlaskClient, stranger: FlaskClient, document: str, ids: dict[str, str]
) -> None:
    before = (show_dataset(client, document), show_document(client, document))
    asked = list(pages(app))
    assert len(asked) == 25
    own = {("POST", "/api/v1/datasets"), ("GET", "/api/v1/datasets")}
    for method, rule in asked:
        if (method, rule) not in own:
            assert ask(stranger, method, rule, ids) in {(404, 102), (403, 108)}, (method, rule)
    assert data_of(stranger.get("/api/v1/datasets")) == []
    assert (show_dataset(client, document), show_document(client, document)) == before
    assert data_of(client.get(f"{document}/chunks"))["total"] == 1


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("key", ["", "ragflow-wrong", "ragflow-" + "x" * 43])
def test_nobody_gets_in_without_a_key(
    app: Flask, document: str, client: FlaskClient, ids: dict[str, str], key: str
) -> None:
    before = show_dataset(client, document)
    for method, rule in pages(app):
        assert ask(client_with(app, key), method, rule, ids) == (401, 109), (method, rule)
    assert show_dataset(client, document) == before


NOT_THERE = {(404, 102), (403, 108), (400, 101)}
"""What is answered for ids of things that are not there, and where a dataset's is no UUID."""


@pytest.mark.databases("sqlite")
def test_ids_of_any_form_are_answered_like_unknown_ones(
    app: Flask, client: FlaskClient, document: str, ids: dict[str, str]
) -> None:
    for odd in ("0" * 32, "x", "%00", "%2e%2e", "灯", "'; DROP TABLE chunk", "a" * 5000):
        for place in ids:
            for method, rule in pages(app):
                if f"<{place}>" in rule:
                    status, code = ask(client, method, rule, ids | {place: odd})
                    assert (status, code) in NOT_THERE, (method, rule, odd)
    assert data_of(client.get(f"{document}/chunks"))["total"] == 1
