"""What every chunk store knows of documents: if they are found, their names, that they are gone."""

from dataclasses import replace

import pytest

from rag.engines.base import ChunkStore
from rag.types import Chunk, DocumentFacts
from tests.chunk_corpus import (
    ABSENT,
    DATASET,
    EMBEDDER,
    ask,
    contents,
    ids,
    make_chunks,
    make_document,
    matched,
    stage,
    write,
)

pytestmark = pytest.mark.on_postgresql


def test_a_document_is_found_by_the_folders_that_it_stood_in(chunk_store: ChunkStore) -> None:
    document = make_document("rota.txt", metadata={"path": "Station/Lanterns 1907/rota.txt"})
    other = make_document("list.txt", metadata={"path": "list.txt", "folder": "lanterns"})
    chunk_store.put_document(document)
    write(chunk_store, document, "tide one")
    write(chunk_store, other, "tide two")
    assert contents(ask(chunk_store, "lanterns 1907", vectors=False)) == ["tide one"]
    assert contents(ask(chunk_store, "rota", vectors=False)) == ["tide one"]

    moved = replace(document, metadata={"path": "Harbour/rota.txt"})
    chunk_store.put_document(moved)

    assert contents(ask(chunk_store, "lanterns", vectors=False)) == []
    assert contents(ask(chunk_store, "harbour", vectors=False)) == ["tide one"]
    [later] = make_chunks(moved, ["tide three"])
    chunk_store.put(moved, [later], EMBEDDER.embed_documents(["tide three"]))
    assert sorted(contents(ask(chunk_store, "harbour", vectors=False))) == [
        "tide one",
        "tide three",
    ]
    assert ask(chunk_store, "harbour", vectors=False).hits[0].document_name == "rota.txt"
    chunk_store.put_document(replace(document, metadata={"path": ["x/a", "y/b"]}))
    assert contents(ask(chunk_store, "harbour", vectors=False)) == []


def test_search_leaves_out_what_is_unavailable_and_match_does_not(chunk_store: ChunkStore) -> None:
    document = make_document()
    first, second = write(chunk_store, document, "tide one", "tide two")

    chunk_store.set_available(DATASET, document.id, [first.id, "absent"], available=False)

    assert ids(ask(chunk_store, "tide")) == [second.id]
    assert matched(chunk_store, document, "one two") == sorted([first.id, second.id])
    assert chunk_store.count(DATASET) == 2
    assert set(chunk_store.vectors(DATASET, document.id)) == {first.id, second.id}

    chunk_store.set_available(DATASET, document.id, [first.id], available=True)

    found = ask(chunk_store, "tide")
    assert {hit.chunk for hit in found.hits} == {first, second}


def test_a_chunk_may_be_written_unavailable(chunk_store: ChunkStore) -> None:
    document = make_document()
    hidden = make_chunks(document, ["tide"], available=False)
    chunk_store.put(document, hidden, EMBEDDER.embed_documents(["tide"]))
    assert ask(chunk_store, "tide").total == 0

    chunk_store.set_available(DATASET, document.id, [hidden[0].id], available=True)

    assert contents(ask(chunk_store, "tide")) == ["tide"]


def test_a_disabled_document_is_not_found_but_matched(chunk_store: ChunkStore) -> None:
    document = make_document("a", enabled=False)
    first, second = write(chunk_store, document, "tide one", "tide two")
    assert ask(chunk_store, "tide").total == 0
    assert matched(chunk_store, document, "one") == [first.id]

    chunk_store.set_available(DATASET, document.id, [first.id], available=False)
    enabled = DocumentFacts(document.id, DATASET, "a")
    chunk_store.put_document(enabled)
    assert ids(ask(chunk_store, "tide")) == [second.id]

    chunk_store.put_document(document)
    assert ask(chunk_store, "tide").total == 0


def test_a_document_is_found_by_its_present_name(chunk_store: ChunkStore) -> None:
    document = make_document("harbour.txt")
    first = write(chunk_store, document, "tide")[0]
    staged = stage(chunk_store, document, "wave", generation=2)[0]
    assert ids(ask(chunk_store, "harbour", vectors=False)) == [first.id]

    chunk_store.put_document(DocumentFacts(document.id, DATASET, "lighthouse.txt"))

    assert ask(chunk_store, "harbour", vectors=False).total == 0
    found = ask(chunk_store, "lighthouse", vectors=False)
    assert [(hit.chunk, hit.document_name) for hit in found.hits] == [(first, "lighthouse.txt")]
    assert found.documents[0].document_name == "lighthouse.txt"
    assert matched(chunk_store, document, "lighthouse") == [first.id]
    chunk_store.publish(DATASET, document.id, 2)
    assert ids(ask(chunk_store, "lighthouse", vectors=False)) == [staged.id]
    assert ask(chunk_store, "harbour", vectors=False).total == 0


def test_writing_chunks_leaves_what_is_known_of_their_document(chunk_store: ChunkStore) -> None:
    document = make_document("harbour.txt")
    write(chunk_store, document, "tide")

    write(chunk_store, DocumentFacts(document.id, DATASET, "stale.txt"), "wave", generation=2)

    assert ask(chunk_store, "wave").hits[0].document_name == "harbour.txt"
    assert ask(chunk_store, "stale", vectors=False).total == 0


def test_a_dropped_document_is_forgotten_in_all_generations(chunk_store: ChunkStore) -> None:
    document, other = make_document("harbour"), make_document()
    write(chunk_store, document, "old tide")
    stage(chunk_store, document, "new tide", generation=2)
    write(chunk_store, other, "other tide")

    chunk_store.drop_document(DATASET, document.id)
    chunk_store.publish(DATASET, document.id, 2)

    assert contents(ask(chunk_store, "tide")) == ["other tide"]
    assert matched(chunk_store, document, "tide") == []
    assert chunk_store.count(DATASET) == 1
    write(chunk_store, DocumentFacts(document.id, DATASET, "lighthouse"), "third tide")
    assert contents(ask(chunk_store, "lighthouse third")) == ["third tide"]


def test_a_dropped_dataset_is_forgotten_and_others_are_not(chunk_store: ChunkStore) -> None:
    kept = make_document(dataset="b" * 32)
    document = make_document()
    write(chunk_store, document, "tide")
    write(chunk_store, kept, "wave")

    chunk_store.drop_dataset(DATASET)

    assert ask(chunk_store, "tide").total == chunk_store.count(DATASET) == 0
    assert chunk_store.vectors(DATASET, document.id) == {}
    assert contents(ask(chunk_store, "wave", DATASET, "b" * 32)) == ["wave"]
    write(chunk_store, document, "new tide")
    assert contents(ask(chunk_store, "tide")) == ["new tide"]


def test_what_is_absent_may_be_asked_for_and_removed(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide")
    for dataset in (DATASET, ABSENT):
        chunk_store.publish(dataset, ABSENT, 1)
        chunk_store.discard(dataset, ABSENT, 1)
        chunk_store.remove(dataset, ABSENT, ["absent"])
        chunk_store.set_available(dataset, ABSENT, ["absent"], available=True)
        chunk_store.drop_document(dataset, ABSENT)
        assert chunk_store.match(dataset, ABSENT, ["tide"], 0, 10) == (0, [])
        assert chunk_store.vectors(dataset, ABSENT) == {}
    chunk_store.drop_dataset(ABSENT)
    assert ask(chunk_store, "tide", ABSENT).total == chunk_store.count(ABSENT) == 0
    chunk_store.ping()
    assert contents(ask(chunk_store, "tide")) == ["tide"]


def test_a_document_without_chunks_may_be_known(chunk_store: ChunkStore) -> None:
    document = make_document("harbour")
    chunk_store.put_document(document)
    assert chunk_store.count(DATASET) == ask(chunk_store, "harbour").total == 0


def test_documents_may_share_chunk_ids(chunk_store: ChunkStore) -> None:
    documents = [make_document(), make_document()]
    for document in documents:
        chunk = Chunk("c" * 16, document.id, DATASET, "tide")
        chunk_store.put(document, [chunk], EMBEDDER.embed_documents(["tide"]))

    chunk_store.set_available(DATASET, documents[0].id, ["c" * 16], available=False)

    assert [hit.chunk.document_id for hit in ask(chunk_store, "tide").hits] == [documents[1].id]
