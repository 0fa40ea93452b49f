"""What is repeated until it succeeds, and what there is nothing left of to do."""

from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from api.db.models.dataset import Dataset
from api.db.models.document import StoredChunk
from api.db.space import FREED_PAGES, KEPT_PAGES, give_back
from api.db.sql import run
from api.services.library.queries.cleanup import note
from api.services.library.records import CleanupKind
from rag.ingestion.process import ParserProcess
from tests.functional.ingesting import Site
from tests.functional.library import add_chunk

MODEL = "wordllama@Builtin"


@pytest.fixture
def site(services: Services, client: FlaskClient) -> Site:
    """Compose a server."""
    return Site(services, client, ParserProcess())


def test_an_edit_that_cannot_be_indexed_is_tried_again(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("notes.txt", b"text")
    chunk = add_chunk(site.client, path, "The old lamp")
    this, dataset = StoredChunk.id == chunk["id"], Dataset.id == path.split("/")[4]
    # As a web worker that dies after the commit of an edit, when the model is gone as well.
    site.set_rows(StoredChunk, this, content="The new lamp", indexed=False, update_time=1)
    site.set_rows(Dataset, dataset, embedding_model="gone@Nowhere")

    site.services.library.cleanup.finish()

    assert "Indexing edits of document" in caplog.text
    assert site.found(path, "lamp") == ["The old lamp"]
    site.set_rows(Dataset, dataset, embedding_model=MODEL)
    assert site.services.library.cleanup.finish() == 1
    assert site.found(path, "lamp") == ["The new lamp"]
    assert site.services.library.cleanup.finish() == 0


@pytest.mark.parametrize("kind", [kind for kind in CleanupKind if kind != CleanupKind.UPLOAD])
def test_work_for_what_is_gone_is_done(site: Site, kind: CleanupKind) -> None:
    with connection(site.services.database):
        note(kind, "0" * 32, "1" * 32, "1" if kind == CleanupKind.STAGED else "")

    assert site.services.library.cleanup.finish() == 1

    assert site.rows(Cleanup, Cleanup.kind == kind) == []


def test_work_that_shows_a_defect_does_not_keep_later_work_from_being_done(site: Site) -> None:
    with connection(site.services.database):
        note(CleanupKind.UPLOAD, "0" * 32, storage_key="../no key")
        note(CleanupKind.DOCUMENT, "0" * 32, "1" * 32)

    with pytest.raises(ValueError, match="no key"):
        site.services.library.cleanup.finish()
    site.services.library.cleanup.finish()

    assert [row["kind"] for row in site.rows(Cleanup, Cleanup.dataset_id == "0" * 32)] == ["upload"]


@pytest.mark.databases("sqlite")
def test_the_room_of_removed_chunks_is_given_back(site: Site) -> None:
    path = site.document("notes.txt", b"text")
    dataset, document = path.split("/")[4::2]
    before = size_of(site.services.database)
    row = {"dataset_id": dataset, "document_id": document, "generation": 7, "content": "x" * 9000}
    with connection(site.services.database), site.services.database.atomic():
        StoredChunk.insert_many([{**row, "id": f"{n:016}"} for n in range(2000)]).execute()
    assert size_of(site.services.database) > before + (16 << 20)
    with connection(site.services.database):
        note(CleanupKind.DOCUMENT, dataset, document)

    site.tidy()

    assert site.rows(StoredChunk, StoredChunk.document_id == document) == []
    assert size_of(site.services.database) < before + (3 << 20)


@pytest.mark.databases("sqlite")
def test_many_pages_go_back_at_once(site: Site) -> None:
    database = site.services.database
    with connection(database):
        run(database, "CREATE TABLE filler (content TEXT)")
        for _ in range(FREED_PAGES + KEPT_PAGES + 10):
            run(database, "INSERT INTO filler VALUES (?)", "x" * 5000)
        run(database, "DELETE FROM filler")

    assert give_back(database) == FREED_PAGES


def size_of(database: Any) -> int:
    """Return how many bytes an SQLite database takes, with its log."""
    path = Path(database.database)
    return sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")))


def test_documents_that_an_older_program_has_indexed_are_indexed_again(site: Site) -> None:
    path = site.document("prices.txt", b"The total is 1,250.00 EUR.")
    add_chunk(site.client, path, "The total is 1,250.00 EUR.")
    store = apsw.Connection(site.services.settings.chunk_store_url.removeprefix("sqlite://"))
    with closing(store):
        store.execute("UPDATE document SET analysis = 0")

    assert site.services.library.cleanup.renew() == 1

    assert site.found(path, "1250") == ["The total is 1,250.00 EUR."]
    assert site.services.library.cleanup.renew() == 0
