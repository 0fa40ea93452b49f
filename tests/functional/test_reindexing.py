"""Making the chunk store anew from the database."""

import pytest

from api.config.settings import Settings
from api.db.models.dataset import Dataset
from api.errors import NotFoundError
from rag.types import Chunk, DocumentFacts
from tests.functional.ingesting import Site, done, folder_of
from tests.functional.interrupting import stopped_at
from tests.pdfs import pdf

NOTES = b"# Lamp\n\nThe keeper lights the lamp at dusk.\n\n# Tide\n\nThe tide table hangs here.\n"
PAGES = [f"Page number{number} tells of the lamp{number}." for number in range(1, 8)]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Split documents of more than two pages."""
    worker = settings.worker.model_copy(update={"pages_per_task": 2})
    return settings.model_copy(update={"worker": worker})


def reindex(site: Site, dataset_id: str | None = None) -> int:
    """Make the chunk store anew."""
    return site.services.library.cleanup.reindex(dataset_id, lambda _done, _total: None)


def test_reindexing_brings_a_lost_index_back(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    other = site.another(folder_of(path), "long.pdf", pdf(*PAGES))
    site.parse(other)
    site.work()
    dataset = path.split("/")[4]
    site.services.chunk_store.drop_dataset(dataset)
    assert site.found(path, "keeper") == []
    told: list[tuple[int, int]] = []

    count = site.services.library.cleanup.reindex(
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
    vectors = site.services.models.models.embedder("", "wordllama@Builtin").embed_documents([text])
    site.services.chunk_store.put(DocumentFacts(document, dataset, "stray"), [chunk], vectors)


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
