"""A passage that several chunks hold is found once, and names them all, where that is asked for."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from rag.engines.base import ChunkStore, DocumentCount, SearchQuery, SearchResult
from rag.engines.registry import open_chunk_store
from rag.engines.segmented.rows import read_content
from rag.engines.sqlite.schema import prepare
from rag.tokenizing.tokens import tokenize
from tests.chunk_corpus import (
    DATASET,
    EMBEDDER,
    ask,
    contents,
    ids,
    make_chunks,
    make_document,
    terms,
    vector,
    write,
)

OTHER = "b" * 32
LAMP = "The keeper lights the lamp."


def once(store: ChunkStore, question: str, *datasets: str, **fields: Any) -> SearchResult:
    return ask(store, question, *datasets, distinct=True, **{"threshold": 0.0, **fields})


def test_the_same_words_are_found_once_with_all_that_hold_them(chunk_store: ChunkStore) -> None:
    first, second = make_document("policy.txt"), make_document("copy of the lamp.txt")
    write(chunk_store, first, LAMP, "Nothing else.")
    [copied, _] = write(chunk_store, second, LAMP, "Something else.")

    found = once(chunk_store, "copy of the lamp")

    assert found.total == len(found.hits) == 3
    assert contents(found)[0] == LAMP
    assert found.hits[0].chunk.id == copied.id, "its document's name makes it the better one"
    [other] = found.hits[0].duplicates
    assert (other.document_id, other.document_name) == (first.id, "policy.txt")
    assert all(hit.duplicates == () for hit in found.hits[1:])
    counted = {(one.document_name, one.count) for one in found.documents}
    assert counted == {("policy.txt", 2), ("copy of the lamp.txt", 2)}
    every = ask(chunk_store, "copy of the lamp", threshold=0.0)
    assert every.total == 4, "who does not ask for distinct hits gets all"
    assert not any(hit.duplicates for hit in every.hits)


def test_ties_are_broken_and_duplicates_are_named_in_one_order(chunk_store: ChunkStore) -> None:
    made = [write(chunk_store, make_document(name), LAMP)[0] for name in ("b", "c", "a", "b")]
    [hit] = once(chunk_store, "lamp").hits
    assert hit.chunk.id == made[0].id
    assert [(one.document_name, one.chunk_id) for one in hit.duplicates] == [
        ("a", made[2].id),
        ("b", made[3].id),
        ("c", made[1].id),
    ]


@pytest.mark.not_on_opensearch
def test_pages_hold_each_passage_once_and_tell_the_same_total(chunk_store: ChunkStore) -> None:
    for name in ("one.txt", "two.txt", "three.txt"):
        write(chunk_store, make_document(name), *(f"lamp number{n}" for n in range(11)), "lamp")
    write(chunk_store, make_document("four.txt"), *(f"lamp only{n}" for n in range(5)))
    whole = once(chunk_store, "lamp number3", limit=100)
    assert whole.total == len(whole.hits) == 17
    assert len(set(contents(whole))) == 17
    pages = [once(chunk_store, "lamp number3", offset=at, limit=4) for at in range(0, 20, 4)]
    assert [hit for page in pages for hit in page.hits] == list(whole.hits)
    assert {page.total for page in pages} == {17}
    assert {page.documents for page in pages} == {whole.documents}
    assert once(chunk_store, "lamp", offset=17).hits == ()


def test_only_what_survives_is_a_duplicate(chunk_store: ChunkStore) -> None:
    hidden, shown = make_document("hidden.txt"), make_document("shown.txt")
    [chunk] = write(chunk_store, hidden, LAMP)
    write(chunk_store, shown, LAMP)
    write(chunk_store, make_document("elsewhere.txt", OTHER), LAMP)
    chunk_store.set_available(DATASET, hidden.id, [chunk.id], available=False)
    [hit] = once(chunk_store, "lamp").hits
    assert (hit.document_name, hit.duplicates) == ("shown.txt", ())
    [hit] = once(chunk_store, "lamp", DATASET, OTHER).hits
    assert {hit.document_name, *(one.document_name for one in hit.duplicates)} == {
        "shown.txt",
        "elsewhere.txt",
    }
    [hit] = once(chunk_store, "lamp", DATASET, OTHER, document_ids=(shown.id,)).hits
    assert hit.duplicates == ()


@pytest.mark.not_on_opensearch
def test_a_change_of_the_words_makes_them_two(chunk_store: ChunkStore) -> None:
    documents = [make_document("a.txt"), make_document("b.txt")]
    made = [write(chunk_store, document, LAMP)[0] for document in documents]
    assert once(chunk_store, "lamp").total == 1
    edited = replace(made[0], content=LAMP + " ")
    chunk_store.put(documents[0], [edited], EMBEDDER.embed_documents([LAMP]))
    assert once(chunk_store, "lamp").total == 2
    chunk_store.put(documents[0], [made[0]], EMBEDDER.embed_documents([LAMP]))
    chunk_store.put_document(replace(documents[0], name="renamed.txt"))
    assert once(chunk_store, "lamp").total == 1


def test_the_most_similar_stands_for_the_passage_however_close(chunk_store: ChunkStore) -> None:
    document = make_document()
    rows = np.ones((40, 64), np.float32)
    rows[:, 0] += np.linspace(0, 0.002, 40)
    chunks = make_chunks(document, [f"word {number % 4}" for number in range(40)])
    chunk_store.put(document, chunks, rows)
    query = SearchQuery(
        (DATASET,), vector=vector(2, *[1] * 63), vector_weight=1.0, threshold=0.0, distinct=True
    )
    found = chunk_store.search(query)
    assert ids(found) == [chunk.id for chunk in reversed(chunks[36:])]
    assert [len(hit.duplicates) for hit in found.hits] == [9] * 4
    assert ids(chunk_store.search(replace(query, limit=1))) == [chunks[39].id]


def test_what_has_no_words_is_never_the_same(chunk_store: ChunkStore) -> None:
    write(chunk_store, make_document("a.txt"), "", " ", "")
    found = once(chunk_store, "", vector_weight=1.0, vector=vector(*[1.0] * 64))
    assert found.total == len(found.hits) == 3


@pytest.mark.not_on_opensearch
def test_a_document_that_repeats_itself_is_counted_for_each(chunk_store: ChunkStore) -> None:
    document = make_document("a.txt")
    write(chunk_store, document, LAMP, LAMP, LAMP)
    found = once(chunk_store, "lamp")
    assert (found.total, len(found.hits[0].duplicates)) == (1, 2)
    assert found.documents == (DocumentCount(document.id, "a.txt", 3),)


@pytest.fixture
def older(tmp_path: Path) -> Iterator[str]:
    """Return the address of a store as version 1 has left it, with a passage twice."""
    address = f"sqlite://{tmp_path}/chunks.db"
    with closing(open_chunk_store(address, tokenize)) as store:
        write(store, make_document("a.txt"), LAMP, "One.")
        write(store, make_document("b.txt"), LAMP, "Two.")
        assert once(store, "lamp").total == 3
    with closing(apsw.Connection(f"{tmp_path}/chunks.db")) as connection:
        connection.execute("ALTER TABLE chunk DROP COLUMN digest")
        connection.execute("DROP INDEX document_analysis")
        connection.execute("ALTER TABLE document DROP COLUMN analysis")
        connection.execute("ALTER TABLE document DROP COLUMN language")
        connection.execute("DROP TABLE dropped")
        for row, content in connection.execute("SELECT row, content FROM body").fetchall():
            plain = json.dumps(read_content(content)).encode()
            connection.execute("UPDATE body SET content = ? WHERE row = ?", (plain, row))
        connection.pragma("user_version", 1)
    return address


def test_chunks_of_an_older_program_are_indexed_again_one_document_a_time(older: str) -> None:
    with closing(open_chunk_store(older, lambda text: [*tokenize(text), "renew"])) as store:
        first = once(store, "lamp")
        assert not any(hit.term_similarity for hit in once(store, "renewed").hits)
        assert [store.renew(), store.renew(), store.renew()] == [1, 1, 0]
        assert [hit.term_similarity > 0 for hit in once(store, "renewed").hits] == [True] * 3
        assert once(store, "lamp").total == first.total
        assert store.count(DATASET) == 4
        write(store, make_document("c.txt"), LAMP)
        assert store.renew() == 0


def test_a_store_of_the_version_before_is_brought_up(older: str) -> None:
    with closing(open_chunk_store(older, tokenize)) as store:
        assert store.count(DATASET) == 4
        assert once(store, "lamp").total == 3
        write(store, make_document("c.txt"), LAMP)
        [hit] = once(store, "lamp", threshold=0.4).hits
        assert len(hit.duplicates) == 2
        assert terms("lamp")
    with closing(apsw.Connection(older.removeprefix("sqlite://"))) as connection:
        prepare(connection)
        assert connection.pragma("user_version") == 5
