"""Bringing the chunk store in step with the database."""

import numpy as np
import pytest

from api.config.settings import Settings
from api.db.models.dataset import Dataset
from api.db.models.document import StoredChunk
from api.errors import NotFoundError
from rag.engines.content import content_of
from rag.engines.indexing import unit_rows
from rag.passages import embedding_text
from rag.tokenizing.tokens import index_tokens
from rag.types import Chunk, DocumentFacts, Matrix
from tests.functional.ingesting import Site, done, folder_of
from tests.functional.interrupting import stopped_at
from tests.pdfs import pdf

NOTES = b"# Lamp\n\nThe keeper lights the lamp at dusk.\n\n# Tide\n\nThe tide table hangs here.\n"
MODEL = "wordllama@Builtin"
PAGES = [f"Page number{number} tells of the lamp{number}." for number in range(1, 8)]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Split documents of more than two pages."""
    worker = settings.worker.model_copy(update={"pages_per_task": 2})
    return settings.model_copy(update={"worker": worker})


def reindex(site: Site, dataset_id: str | None = None, *, anew: bool = False) -> int:
    """Bring the chunk store in step."""
    return site.services.library.reindexer.run(dataset_id, lambda _done, _total: None, anew=anew)


def test_reindexing_brings_a_lost_index_back(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    other = site.another(folder_of(path), "long.pdf", pdf(*PAGES))
    site.parse(other)
    site.work()
    dataset = path.split("/")[4]
    site.services.chunk_store.drop_dataset(dataset)
    assert site.found(path, "keeper") == []
    told: list[tuple[int, int]] = []

    count = site.services.library.reindexer.run(
        None, lambda done, total: told.append((done, total))
    )

    assert count == site.services.chunk_store.count(dataset)
    assert told[-1] == (count, count)
    assert site.found(path, "keeper")
    assert site.found(path, "lamp7")
    site.assert_consistent(path)
    site.assert_consistent(other)


def test_reindexing_removes_what_the_database_does_not_have(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    dataset, document = path.split("/")[4::2]
    put(site, dataset, document, "A stray lantern")
    put(site, dataset, "0" * 32, "A ghost")

    reindex(site, dataset)

    assert site.found(path, "lantern") == site.found(path, "ghost") == []
    assert site.found(path, "keeper")
    site.assert_consistent(path)


def put(site: Site, dataset: str, document: str, text: str) -> None:
    """Add a chunk to the chunk store that the database does not know."""
    chunk = Chunk(id="f" * 16, document_id=document, dataset_id=dataset, content=text)
    vectors = site.services.models.models.embedder("", MODEL).embed_documents([text])
    site.services.chunk_store.put(DocumentFacts(document, dataset, "stray"), [chunk], vectors)


def prints(site: Site) -> dict[str, str]:
    """Return what tells each document of the chunk store from what it was before a change."""
    content = content_of(site.services.chunk_store)
    assert content is not None
    return {one.place.document_id: one.print for one in content.outlines(lambda: None)}


def with_other_vectors(site: Site, dataset: str, document: str) -> Matrix:
    """Give the chunks of a document other vectors than a model makes; return these."""
    content = content_of(site.services.chunk_store)
    assert content is not None
    with content.reading(dataset, [document]) as copies:
        [pieces] = [list(copy.pieces) for copy in copies]
    [piece] = pieces
    vectors = unit_rows(1 - piece.vectors)
    site.services.chunk_store.put(piece.document, piece.chunks, vectors)
    return vectors


def held_vectors(site: Site, dataset: str, document: str) -> Matrix:
    """Return the vectors of a document, in the order of the ids of its chunks."""
    held = site.services.chunk_store.vectors(dataset, document)
    return np.array([held[key] for key in sorted(held)])


def test_what_is_as_it_should_be_is_not_written_again(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    other = site.another(folder_of(path), "more.md", NOTES)
    site.parse(other)
    site.work()
    site.change(path, meta_fields={"place": ["Tower", "Shed"], "year": 1907, "lit": True, "no": []})
    chunk = site.chunks(path)[0]
    dataset, document = path.split("/")[4::2]
    site.services.chunk_store.remove(dataset, document, [chunk["id"]])
    before = prints(site)

    count = reindex(site)

    first = prints(site)
    assert count == site.services.chunk_store.count(dataset) == len(before) == 2
    assert {one for one, text in first.items() if text != before[one]} == {document}
    assert reindex(site) == 2
    assert prints(site) == first


def matching(site: Site, path: str, word: str) -> int:
    """Return how many chunks of a document are indexed by a word."""
    return site.services.chunk_store.match(*path.split("/")[4::2], index_tokens(word), 0, 10)[0]


def test_vectors_of_texts_that_are_held_are_kept(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    dataset, document = path.split("/")[4::2]
    other = with_other_vectors(site, dataset, document)
    of_document = StoredChunk.document_id == document
    site.set_rows(StoredChunk, of_document, important_keywords=["lens"])

    reindex(site)

    assert matching(site, path, "lens") == 1
    assert np.array_equal(held_vectors(site, dataset, document), other)
    reindex(site, anew=True)
    site.assert_consistent(path)
    assert not np.allclose(held_vectors(site, dataset, document), other)

    with_other_vectors(site, dataset, document)
    site.set_rows(StoredChunk, of_document, content="All went dark.")
    reindex(site)

    assert matching(site, path, "keeper") == 0
    [vector] = site.services.models.models.embedder("", MODEL).embed_documents(
        [embedding_text((), ("Lamp",), "All went dark.")]
    )
    [held] = held_vectors(site, dataset, document)
    assert np.allclose(held, vector, atol=1e-5)


def test_another_name_and_another_language_are_indexed(site: Site) -> None:
    path = done(site, "notes.md", "Wir sahen viele Häuser.\n".encode())
    dataset, document = path.split("/")[4::2]
    facts = DocumentFacts(document, dataset, "former.md", language="english")
    site.services.chunk_store.put_document(facts)
    with content_of(site.services.chunk_store).reading(dataset, [document]) as copies:
        [piece] = [piece for copy in copies for piece in copy.pieces]
    site.services.chunk_store.put(facts, piece.chunks, piece.vectors)
    assert site.found(path, "former")

    reindex(site)

    assert site.found(path, "former") == []
    assert site.found(path, "notes")
    site.assert_consistent(path)


def test_reindexing_one_dataset_leaves_the_others_alone(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    other = site.document("notes.md", NOTES, dataset="other")
    site.parse(other)
    site.work()
    for dataset in (path.split("/")[4], other.split("/")[4]):
        site.services.chunk_store.drop_dataset(dataset)

    reindex(site, path.split("/")[4])

    assert site.found(path, "keeper")
    assert site.found(other, "keeper") == []


def test_reindexing_takes_nothing_from_a_run_that_goes_on(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    dataset = path.split("/")[4]
    other = site.another(folder_of(path), "other.md", NOTES.replace(b"keeper", b"warden"))
    site.parse(other)
    task = site.claim()
    site.ingest(task)
    put(site, dataset, "0" * 32, "A ghost")

    reindex(site, dataset)

    site.tidy()
    assert site.found(path, "warden") == [], "not before the run ends"
    site.publish(task)
    assert site.found(path, "warden")
    site.tidy()
    site.assert_consistent(other)


def test_reindexing_takes_nothing_from_a_run_that_is_about_to_be_published(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    dataset = path.split("/")[4]
    other = site.another(folder_of(path), "other.md", NOTES.replace(b"keeper", b"warden"))
    site.parse(other)
    put(site, dataset, "0" * 32, "A ghost")
    with stopped_at(site, "publish"):
        reindex(site, dataset)

    assert site.found(path, "warden")
    site.tidy()
    site.assert_consistent(other)


def test_reindexing_follows_a_model_whose_vectors_have_another_length(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    dataset = path.split("/")[4]
    site.set_rows(Dataset, Dataset.id == dataset, dimensions=7)

    reindex(site, dataset)

    [row] = site.rows(Dataset, Dataset.id == dataset)
    assert row["dimensions"] == 256
    assert site.found(path, "keeper")
    site.assert_consistent(path)


def test_an_unknown_dataset_cannot_be_reindexed(site: Site) -> None:
    with pytest.raises(NotFoundError, match="There is no dataset"):
        reindex(site, "0" * 32)
