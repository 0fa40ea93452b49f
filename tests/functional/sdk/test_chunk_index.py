"""The chunk store beside the database: edits at once, kills in between, and the index made anew."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.errors import NotFoundError
from api.services.library.chunks import as_chunk
from api.services.library.queries.holdings import head_of
from api.services.library.values import NewChunk
from tests.functional.conftest import Member, client_with
from tests.functional.library import (
    add_chunk,
    contents,
    counters,
    data_of,
    found,
    make_document,
    refused,
    together,
)


@pytest.fixture
def document(client: FlaskClient) -> str:
    """Make a document and return its path."""
    return make_document(client)


# Several at once, and what dies in between.


def test_counters_hold_when_many_add_and_delete_at_once(
    app: Flask, client: FlaskClient, document: str, member: Member, services: Services
) -> None:
    doomed = [add_chunk(client, document, f"old lamp {number}")["id"] for number in range(3)]

    def adding() -> None:
        add_chunk(client_with(app, member.api_key), document, "the same lamp")

    def deleting(chunk_id: str) -> Callable[[], object]:
        body = {"chunk_ids": [chunk_id]}
        mine = client_with(app, member.api_key)
        return lambda: mine.delete(f"{document}/chunks", json=body)

    together(adding, adding, adding, *map(deleting, doomed))
    assert counters(client, document)[0] == len(contents(client, document)) == 3
    assert found(services, document, "lamp") == ["the same lamp"] * 3


def test_of_edits_at_once_search_and_list_show_the_same(
    app: Flask, client: FlaskClient, document: str, member: Member, services: Services
) -> None:
    path = f"{document}/chunks/{add_chunk(client, document, 'lamp')['id']}"

    def editing(number: int) -> Callable[[], object]:
        mine = client_with(app, member.api_key)
        return lambda: mine.put(path, json={"content": f"lamp {number}"})

    together(*[editing(number) for number in range(5)])
    assert contents(client, document) == found(services, document, "lamp")
    with connection(services.database):
        assert StoredChunk.get().indexed


def half_added(services: Services, document: str, content: str) -> Callable[[], None]:
    """Add a chunk as far as it is in the database; return what puts it into the chunk store."""
    chunks, new = services.library.chunks, NewChunk(content)
    dataset_id, document_id = document.split("/")[4], document.split("/")[6]
    with connection(services.database), services.database.atomic():
        head = head_of(services.database, dataset_id)
        assert head is not None
        known = chunks.vector(head, content)
        landing, row = chunks.insert(head, document_id, new, 1, len(known[content]))
    added = as_chunk(landing, row, new)
    return lambda: chunks.index.take_in(head, landing, added, known)


def test_an_added_chunk_that_is_edited_before_it_is_searchable_is_found_as_it_was_edited(
    client: FlaskClient, document: str, services: Services
) -> None:
    finish = half_added(services, document, "lamp")
    chunk_id = data_of(client.get(f"{document}/chunks"))["chunks"][0]["id"]
    data_of(client.put(f"{document}/chunks/{chunk_id}", json={"content": "tower"}))
    finish()
    assert (found(services, document, "lamp"), found(services, document, "tower")) == (
        [],
        ["tower"],
    )
    with connection(services.database):
        assert StoredChunk.get().indexed


def test_an_added_chunk_that_is_deleted_before_it_is_searchable_is_not_found(
    client: FlaskClient, document: str, services: Services
) -> None:
    finish = half_added(services, document, "lamp")
    chunk_id = data_of(client.get(f"{document}/chunks"))["chunks"][0]["id"]
    data_of(client.delete(f"{document}/chunks", json={"chunk_ids": [chunk_id]}))
    finish()
    assert found(services, document, "lamp") == []
    with connection(services.database):
        assert StoredChunk.select().count() == 0


def test_a_document_switched_off_while_a_chunk_is_added_to_it_stays_off(
    client: FlaskClient, document: str, services: Services
) -> None:
    add_chunk(client, document, "old lamp")
    finish = half_added(services, document, "lamp")
    data_of(client.put(document, json={"enabled": 0}))
    finish()
    assert found(services, document, "lamp") == []
    data_of(client.put(document, json={"enabled": 1}))
    assert sorted(found(services, document, "lamp")) == ["lamp", "old lamp"]


def test_a_document_deleted_while_a_chunk_is_added_to_it_stays_away(
    client: FlaskClient, document: str, services: Services
) -> None:
    finish = half_added(services, document, "lamp")
    documents, document_id = document.rsplit("/", 1)
    data_of(client.delete(documents, json={"ids": [document_id]}))
    finish()
    assert found(services, document, "lamp") == []


def test_edits_of_a_killed_process_are_indexed_by_the_recovery_job(
    client: FlaskClient, document: str, services: Services
) -> None:
    for content in ("kept lamp", "changed lamp", "deleted lamp"):
        add_chunk(client, document, content)
    long_ago = now_ms() - 60_000
    with connection(services.database):
        lost = {"indexed": False, "update_time": long_ago}
        changed = StoredChunk.content == "changed lamp"
        StoredChunk.update(content="changed tower", **lost).where(changed).execute()
        gone = StoredChunk.content == "deleted lamp"
        StoredChunk.update(deleted=True, **lost).where(gone).execute()
    assert services.library.cleanup.finish() == 2
    assert found(services, document, "lamp") == ["kept lamp"]
    assert found(services, document, "tower") == ["changed tower"]
    assert services.library.cleanup.finish() == 0
    with connection(services.database):
        assert StoredChunk.select().count() == 2


def test_facts_of_a_killed_process_are_told_by_the_recovery_job(
    client: FlaskClient, document: str, services: Services
) -> None:
    add_chunk(client, document, "lamp")
    with connection(services.database):
        Document.update(enabled=False).execute()
        Cleanup.create(
            kind="facts",
            dataset_id=document.split("/")[4],
            document_id=document.split("/")[6],
            not_before=0,
        )
    assert services.library.cleanup.finish() == 1
    assert found(services, document, "lamp") == []


def test_a_chunk_store_that_fails_does_not_lose_an_edit(
    client: FlaskClient, document: str, services: Services
) -> None:
    add_chunk(client, document, "lamp")
    with connection(services.database):
        Dataset.update(embedding_model="gone@Builtin").execute()
    chunk_id = data_of(client.get(f"{document}/chunks"))["chunks"][0]["id"]
    path = f"{document}/chunks/{chunk_id}"
    data_of(client.put(path, json={"important_keywords": ["tower"]}))
    assert found(services, document, "tower") == []
    with connection(services.database):
        Dataset.update(embedding_model="wordllama@Builtin").execute()
        StoredChunk.update(update_time=1).execute()
    assert services.library.cleanup.finish() == 1
    assert found(services, document, "tower") == ["lamp"]


def test_a_vector_of_another_length_is_refused(
    client: FlaskClient, document: str, services: Services
) -> None:
    with connection(services.database):
        Dataset.update(dimensions=3).execute()
    said = refused(client.post(f"{document}/chunks", json={"content": "lamp"}), 409, 102)
    assert "256 dimensions, but the dataset holds 3" in said
    assert counters(client, document) == (0, 0)


# Making the index anew.


def reindex(services: Services, dataset_id: str | None = None) -> tuple[int, list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    count = services.library.reindexer.run(
        dataset_id, lambda done, total: told.append((done, total))
    )
    return count, told


def test_the_index_can_be_made_anew_from_the_database(
    client: FlaskClient, document: str, services: Services
) -> None:
    for number in range(3):
        add_chunk(client, document, f"lamp {number}")
    dataset_id = document.split("/")[4]
    services.chunk_store.drop_dataset(dataset_id)
    assert reindex(services) == (3, [(3, 3)])
    assert len(found(services, document, "lamp")) == 3
    assert reindex(services, dataset_id)[0] == 3
    assert services.chunk_store.count(dataset_id) == 3
    with pytest.raises(NotFoundError, match="There is no dataset"):
        reindex(services, "0" * 32)


def test_what_the_database_does_not_have_leaves_the_index(
    client: FlaskClient, document: str, services: Services
) -> None:
    kept = add_chunk(client, document, "lamp")["id"]
    add_chunk(client, document, "whale")
    other = make_document(client)
    add_chunk(client, other, "tower")
    with connection(services.database):
        StoredChunk.delete().where(StoredChunk.content == "whale").execute()
        Document.delete().where(Document.id == other.split("/")[6]).execute()
        StoredChunk.delete().where(StoredChunk.content == "tower").execute()
    assert reindex(services)[0] == 1
    assert found(services, document, "whale") == found(services, other, "tower") == []
    assert contents(client, document, id=kept) == found(services, document, "lamp") == ["lamp"]


def test_a_model_with_other_vectors_gets_its_dataset_anew(
    client: FlaskClient, document: str, services: Services
) -> None:
    add_chunk(client, document, "lamp")
    with connection(services.database):
        Dataset.update(dimensions=3).execute()
    assert reindex(services)[0] == 1
    with connection(services.database):
        assert Dataset.get().dimensions == 256
    assert found(services, document, "lamp") == ["lamp"]
