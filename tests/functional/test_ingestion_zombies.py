"""Workers that were taken for dead and go on."""

import threading
from typing import TYPE_CHECKING

import pytest

from api.config.settings import Settings
from api.db.models.dataset import Dataset
from api.db.models.document import StoredChunk
from api.services.ingestion.records import Outcome
from api.tasks.base import TaskLostError
from rag.llm.hashing import HashingEmbedder
from rag.types import Chunk
from tests.functional.ingesting import Site, wait_until
from tests.functional.interrupting import (
    delete,
    embedding_by,
    everything,
    held_in_mid_run,
    refuse,
    stopped_at,
)
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint

pytestmark = pytest.mark.long

if TYPE_CHECKING:
    from collections.abc import Callable

NOTES = b"The keeper lights the lamp at dusk.\n"
TEXT = b"\n".join(b"The lamp %d shines." % number for number in range(4))


@pytest.fixture
def settings(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Embed by a model that can be told to wait or to refuse."""
    return embedding_by(endpoint, settings)


def test_a_zombie_writes_nothing(
    site: Site, endpoint: ModelEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path) as zombie:
        site.lose(zombie)
        successor = site.claim()
        assert (successor.id, successor.fence) == (zombie.id, zombie.fence + 1)
        site.run(successor)
        before = everything(site, path)

    assert everything(site, path) == before
    assert before["document"]["run"] == "DONE"
    assert "its work here is dropped" in caplog.text
    site.assert_consistent(path)


def test_a_zombie_does_not_disturb_its_successor_at_work(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path) as zombie:
        site.lose(zombie)
        successor = site.claim()
        site.ingest(successor)
        before = everything(site, path)

    assert everything(site, path) == before
    assert site.states(path) == ["running"]
    site.publish(successor)
    assert site.shown(path)["run"] == "DONE"
    assert site.found(path, "lamp")


def test_a_worker_that_hears_of_its_loss_stops(
    site: Site, endpoint: ModelEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path) as zombie:
        site.lose(zombie)
        wait_until(lambda: all(item.name != "heartbeat" for item in threading.enumerate()))

    assert "its work here is dropped" in caplog.text
    assert site.rows(StoredChunk, StoredChunk.document_id == path.split("/")[6]) == []
    assert site.states(path) == ["pending"]


def test_a_zombie_that_fails_fails_nothing(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    zombie = site.claim()
    site.lose(zombie)
    refuse(endpoint, 1)

    assert site.run(zombie) is Outcome.LOST

    assert site.states(path) == ["pending"]
    endpoint.script.clear()
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def text_document(site: Site) -> str:
    """Make a document of several chunks that is to be parsed."""
    path = site.document("lamps.txt", TEXT)
    site.change(path, parser_config={"chunk_token_num": 4})
    site.parse(path)
    return path


@pytest.mark.parametrize("method", ["discard", "stage", "publish"])
def test_a_zombie_that_wakes_in_the_chunk_store_leaves_it_as_it_should_be(
    site: Site, method: str
) -> None:
    path = text_document(site)
    with stopped_at(site, method) as zombie:
        site.lose(zombie)
        site.work()
        first, second, *_ = site.chunks(path)
        data_of(
            site.client.put(f"{path}/chunks/{first['id']}", json={"content": "The edited lamp"})
        )
        data_of(site.client.delete(f"{path}/chunks", json={"chunk_ids": [second["id"]]}))
        wanted = sorted(chunk["content"] for chunk in site.chunks(path))
        assert "The edited lamp" in wanted

    assert sorted(site.found(path, "lamp")) == wanted
    site.assert_consistent(path)


def test_a_zombie_that_discards_what_its_successor_has_staged_does_no_harm(site: Site) -> None:
    path = text_document(site)
    with stopped_at(site, "discard") as zombie:
        site.lose(zombie)
        successor = site.claim()
        site.ingest(successor)
    assert site.states(path) == ["running"]
    site.publish(successor)
    site.tidy()

    assert len(site.found(path, "lamp")) == len(site.chunks(path)) > 1
    site.assert_consistent(path)


def test_a_zombie_does_not_bring_a_deleted_document_back(site: Site) -> None:
    path = text_document(site)
    with stopped_at(site, "stage"):
        delete(site, path)
        site.tidy()

    assert site.services.chunk_store.vectors(*path.split("/")[4::2]) == {}
    site.services.chunk_store.publish(*path.split("/")[4::2], 1)
    assert site.found(path, "lamp") == []


def test_a_zombie_cannot_mend_what_does_not_answer(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    path = text_document(site)
    with stopped_at(site, "stage") as zombie:
        site.lose(zombie)
        site.work()
        first = site.chunks(path)[0]
        data_of(site.client.put(f"{path}/chunks/{first['id']}", json={"content": "Edited lamp"}))
        site.set_rows(Dataset, Dataset.id == path.split("/")[4], embedding_model="gone@Nowhere")

    assert "may need `raglan reindex`" in caplog.text


def test_every_write_of_a_zombie_to_the_database_is_refused(site: Site) -> None:
    path = text_document(site)
    zombie = site.claim()
    site.ingest(zombie)
    site.lose(zombie)
    before = everything(site, path)
    run = site.run_of(zombie)
    chunk = Chunk("0" * 16, path.split("/")[6], path.split("/")[4], "late")

    writes: list[Callable[[], object]] = [
        run.begin,
        lambda: run.split([(1, 1), (2, 2)]),
        lambda: run.keep(HashingEmbedder(16), [chunk]),
        run.switch,
        lambda: run.publish("Task done."),
    ]
    for write in writes:
        with pytest.raises(TaskLostError):
            write()

    assert everything(site, path) | {"held": []} == before | {"held": []}
    assert site.states(path) == ["pending"]
