"""How chunks come into every chunk store, become visible, change and go."""

from dataclasses import replace

import numpy as np
import pytest

from rag.engines.base import ChunkStore, Staging
from rag.errors import DimensionMismatchError
from rag.types import Chunk, Position
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
    vector,
    write,
    write_vectors,
)

pytestmark = pytest.mark.on_postgresql


def test_a_chunk_comes_back_as_it_was_written(chunk_store: ChunkStore) -> None:
    document = make_document("report.pdf")
    chunk = Chunk(
        id="f" * 16,
        document_id=document.id,
        dataset_id=DATASET,
        content="Tide\0tables \U0001f30a for\r\n\tthe “harbour”: 潮汐",
        ordinal=7,
        important_keywords=("tide", "潮"),
        questions=("When is high tide?", ""),
        positions=(Position(1, 10, 20, 30, 40), Position(2, 0, 1, 2, 3)),
        image_id="bucket-image",
        created_at=1_700_000_000_123,
    )
    chunk_store.put(document, [chunk], EMBEDDER.embed_documents([chunk.content]))

    (hit,) = ask(chunk_store, "tide tables").hits

    assert hit.chunk == chunk
    assert hit.document_name == "report.pdf"


def test_what_is_staged_is_invisible(chunk_store: ChunkStore) -> None:
    document = make_document()
    stage(chunk_store, document, "tide tables")

    assert ask(chunk_store, "tide").total == 0
    assert ask(chunk_store, "tide").documents == ()
    assert matched(chunk_store, document, "tide") == []
    assert chunk_store.vectors(DATASET, document.id) == {}
    assert chunk_store.count(DATASET) == 0


def test_publishing_switches_from_the_old_chunks_to_the_new_ones(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "old tide", "older tide")
    new = stage(chunk_store, document, "new tide", generation=2)
    assert set(contents(ask(chunk_store, "tide"))) == {"old tide", "older tide"}

    chunk_store.publish(DATASET, document.id, 2)

    assert contents(ask(chunk_store, "tide")) == ["new tide"]
    assert matched(chunk_store, document, "tide") == [new[0].id]
    assert list(chunk_store.vectors(DATASET, document.id)) == [new[0].id]
    assert chunk_store.count(DATASET) == 1


def test_documents_are_staged_and_published_together(chunk_store: ChunkStore) -> None:
    first, second, disabled = make_document(), make_document(), make_document(enabled=False)
    stage(chunk_store, first, "old tide tables")
    chunk_store.publish(DATASET, first.id, 1)
    texts = ("tide tables", "tide lamps", "tide bells")
    every = list(zip((first, second, disabled), texts, strict=True))
    chunk_store.stage_together(
        [
            Staging(document, 2, make_chunks(document, [text]), EMBEDDER.embed_documents([text]))
            for document, text in every
        ]
    )
    assert contents(ask(chunk_store, "tide")) == ["old tide tables"]

    chunk_store.publish_together(DATASET, {document.id: 2 for document, _ in every})
    chunk_store.publish_together(DATASET, {second.id: 2, "f" * 32: 2})

    assert sorted(contents(ask(chunk_store, "tide"))) == ["tide lamps", "tide tables"]
    assert chunk_store.count(DATASET) == len(every)


def test_generations_may_hold_the_same_ids(chunk_store: ChunkStore) -> None:
    document = make_document()
    old = write(chunk_store, document, "old tide")[0]
    new = Chunk(old.id, document.id, DATASET, "new tide")
    chunk_store.stage(document, 2, [new], EMBEDDER.embed_documents(["new tide"]))
    assert contents(ask(chunk_store, "tide")) == ["old tide"]

    chunk_store.publish(DATASET, document.id, 2)

    assert contents(ask(chunk_store, "tide")) == ["new tide"]


def test_a_staged_generation_is_added_to_the_visible_one(chunk_store: ChunkStore) -> None:
    document = make_document("log.txt")
    kept, replaced = write(chunk_store, document, "The lamp is lit.", "The lamp smokes.")
    more = make_chunks(document, ["A lamp burns oil.", "A hidden lamp."])
    staged = [
        replace(replaced, content="The lamp is out."),
        more[0],
        replace(more[1], available=False),
    ]
    vectors = EMBEDDER.embed_documents([chunk.content for chunk in staged])
    chunk_store.stage(document, -7, staged, vectors)
    assert set(contents(ask(chunk_store, "lamp"))) == {"The lamp is lit.", "The lamp smokes."}

    for _ in range(2):
        chunk_store.adopt(DATASET, document.id, -7)

    found = {"The lamp is lit.", "The lamp is out.", "A lamp burns oil."}
    assert set(contents(ask(chunk_store, "lamp"))) == found
    assert set(matched(chunk_store, document, "lamp")) == {kept.id, *(one.id for one in staged)}
    chunk_store.adopt(DATASET, document.id, -8)
    chunk_store.adopt(ABSENT, ABSENT, -7)
    assert chunk_store.count(DATASET) == 4


def test_publishing_again_changes_nothing(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "tide one", "tide two")
    chunk_store.remove(DATASET, document.id, [ask(chunk_store, "two").hits[0].chunk.id])

    chunk_store.publish(DATASET, document.id, 1)

    assert contents(ask(chunk_store, "tide")) == ["tide one"]


def test_a_late_repeat_of_an_older_publication_is_ignored(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "old tide")
    write(chunk_store, document, "new tide", generation=2)

    chunk_store.publish(DATASET, document.id, 1)

    assert contents(ask(chunk_store, "tide")) == ["new tide"]


def test_publishing_makes_all_other_generations_go(chunk_store: ChunkStore) -> None:
    document = make_document()
    stage(chunk_store, document, "abandoned tide", generation=1)
    write(chunk_store, document, "new tide", generation=2)

    chunk_store.publish(DATASET, document.id, 1)

    assert contents(ask(chunk_store, "tide")) == ["new tide"]


def test_a_new_parse_may_find_nothing(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "tide")
    chunk_store.stage(document, 2, [], EMBEDDER.embed_documents([]))

    chunk_store.publish(DATASET, document.id, 2)

    assert ask(chunk_store, "tide").total == chunk_store.count(DATASET) == 0


def test_staging_an_id_again_replaces_its_chunk(chunk_store: ChunkStore) -> None:
    document = make_document()
    first = stage(chunk_store, document, "first tide")[0]
    again = Chunk(first.id, document.id, DATASET, "second wave")
    chunk_store.stage(document, 1, [again], EMBEDDER.embed_documents(["second wave"]))

    chunk_store.publish(DATASET, document.id, 1)

    assert chunk_store.count(DATASET) == 1
    assert ask(chunk_store, "first tide").total == 0
    assert contents(ask(chunk_store, "second wave")) == ["second wave"]


def test_a_discarded_generation_is_gone(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "old tide")
    stage(chunk_store, document, "broken tide", generation=2)
    stage(chunk_store, document, "new tide", generation=3)

    chunk_store.discard(DATASET, document.id, 2)
    assert contents(ask(chunk_store, "tide")) == ["old tide"]
    chunk_store.publish(DATASET, document.id, 3)

    assert contents(ask(chunk_store, "tide")) == ["new tide"]


def test_the_visible_generation_cannot_be_discarded(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "tide")

    chunk_store.discard(DATASET, document.id, 1)

    assert contents(ask(chunk_store, "tide")) == ["tide"]


def test_put_adds_and_replaces_at_once(chunk_store: ChunkStore) -> None:
    document = make_document()
    old = write(chunk_store, document, "tide one", "tide two")
    changed = Chunk(old[0].id, document.id, DATASET, "wave one")
    added = make_chunks(document, ["wave three"])
    chunk_store.put(document, [changed, *added], EMBEDDER.embed_documents(["wave", "wave"]))

    assert contents(ask(chunk_store, "tide")) == ["tide two"]
    assert set(contents(ask(chunk_store, "wave"))) == {"wave one", "wave three"}
    assert chunk_store.count(DATASET) == 3


def test_put_chunks_are_visible_before_anything_was_published(chunk_store: ChunkStore) -> None:
    document = make_document()
    chunk_store.put(
        document, make_chunks(document, ["by hand"]), EMBEDDER.embed_documents(["hand"])
    )
    assert contents(ask(chunk_store, "hand")) == ["by hand"]

    write(chunk_store, document, "parsed")

    assert ask(chunk_store, "hand").total == 0
    assert contents(ask(chunk_store, "parsed")) == ["parsed"]


def test_only_the_named_visible_chunks_are_removed(chunk_store: ChunkStore) -> None:
    document, other = make_document(), make_document()
    first, second = write(chunk_store, document, "tide one", "tide two")
    kept = write(chunk_store, other, "tide three")
    staged = stage(chunk_store, document, "tide four", generation=2)

    chunk_store.remove(DATASET, document.id, [first.id, kept[0].id, staged[0].id, "absent"])

    assert set(ids(ask(chunk_store, "tide"))) == {second.id, kept[0].id}
    chunk_store.publish(DATASET, document.id, 2)
    assert set(ids(ask(chunk_store, "tide"))) == {staged[0].id, kept[0].id}


def test_vectors_come_back_as_they_were_written(chunk_store: ChunkStore) -> None:
    document = make_document()
    rows = np.array([[3, 4, 0], [0, 0, 0], [-1e-3, 7, 0.1]], np.float32)
    written = write_vectors(chunk_store, document, rows)

    found = chunk_store.vectors(DATASET, document.id)

    assert found.keys() == {chunk.id for chunk in written}
    for chunk, row in zip(written, rows, strict=True):
        assert found[chunk.id].dtype == np.float32
        np.testing.assert_array_equal(found[chunk.id], row)


def test_vectors_of_another_length_are_refused(chunk_store: ChunkStore) -> None:
    document, other = make_document(), make_document()
    stage(chunk_store, document, "tide")
    pair = make_chunks(other, ["wave"])

    with pytest.raises(DimensionMismatchError) as staged:
        chunk_store.stage(other, 1, pair, np.ones((1, 3), np.float32))
    with pytest.raises(DimensionMismatchError):
        chunk_store.put(other, pair, np.ones((1, 3), np.float32))

    assert (staged.value.expected, staged.value.actual) == (EMBEDDER.dimensions, 3)
    chunk_store.publish(DATASET, document.id, 1)
    assert chunk_store.count(DATASET) == 1


def test_an_emptied_dataset_takes_vectors_of_another_length(chunk_store: ChunkStore) -> None:
    document, empty = make_document("a"), make_document("b")
    chunk = write(chunk_store, document, "tide")[0]
    chunk_store.put_document(empty)
    assert contents(ask(chunk_store, "tide")) == ["tide"]
    chunk_store.remove(DATASET, document.id, [chunk.id])

    write_vectors(chunk_store, empty, np.eye(3, dtype=np.float32))
    write_vectors(chunk_store, document, np.eye(3, dtype=np.float32))

    found = ask(chunk_store, "", vector=vector(0, 1, 0), threshold=0.3)
    assert [hit.document_name for hit in found.hits] == ["b", "a"]


def test_a_change_that_fails_changes_nothing(chunk_store: ChunkStore) -> None:
    document = make_document()
    write(chunk_store, document, "tide")

    with pytest.raises(ValueError, match="shorter"):
        chunk_store.put(document, make_chunks(document, ["wave", "wave"]), np.ones((1, 64), "f4"))

    assert chunk_store.count(DATASET) == 1
    assert ask(chunk_store, "wave", vectors=False).total == 0


def test_what_this_program_has_indexed_is_not_indexed_again(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document(), "tide")
    assert chunk_store.renew() == 0
    assert contents(ask(chunk_store, "tide")) == ["tide"]
