"""What becomes of a document when its worker is interrupted: stopped, lost, refused or killed."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.coordination.claiming import ClaimedTask
from api.coordination.tasks import TaskLostError
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.services.chunk_index import ChunkIndex
from api.services.ingestion import IngestionService
from api.services.publishing import Publisher
from api.services.reuse import Reuse
from api.settings import Settings
from rag.ingestion.process import ParserProcess
from rag.llm.hashing import HashingEmbedder
from rag.types import Chunk, run_inline
from tests.functional.ingesting import PATIENCE, Site, folder_of, lines_of, never, pdf, wait_until
from tests.functional.library import data_of
from tests.model_endpoint import ModelEndpoint, Reply, vectors

NOTES = b"The keeper lights the lamp at dusk.\n"
OLD = "The lamp was lit by hand."
NEW = "The lamp is lit by a clock."


@pytest.fixture
def settings(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Embed by a model that can be told to wait or to refuse."""
    models = {"embedding_model": "hashing@Endpoint", "embedding_base_url": endpoint.url}
    worker = settings.worker.model_copy(update={"pages_per_task": 2, "retry_delay": 0.001})
    return settings.model_copy(
        update={"models": settings.models.model_copy(update=models), "worker": worker}
    )


@pytest.fixture(scope="module")
def process() -> Iterator[ParserProcess]:
    """Run a parser process that is warm after the first test."""
    with ParserProcess() as running:
        yield running


@pytest.fixture
def site(services: Services, client: FlaskClient, process: ParserProcess) -> Site:
    """Put a server and a worker together."""
    return Site(services, client, process)


class Gate:
    """A reply of the model that comes only when the test lets it."""

    def __init__(self, endpoint: ModelEndpoint) -> None:
        """Be the next reply."""
        self.reached = threading.Event()
        self._open = threading.Event()
        endpoint.script.append(Reply(pieces=self._pieces(endpoint)))

    def _pieces(self, endpoint: ModelEndpoint) -> Iterator[bytes]:
        self.reached.set()
        assert self._open.wait(PATIENCE)
        texts = endpoint.received[-1].body["input"]
        yield from vectors(HashingEmbedder(16).embed_documents(texts).tolist()).pieces

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the reply back for a `with` block, from the time it is asked for."""
        assert self.reached.wait(PATIENCE)
        try:
            yield
        finally:
            self._open.set()


@contextmanager
def held_in_mid_run(site: Site, endpoint: ModelEndpoint, path: str) -> Iterator[ClaimedTask]:
    """Have a worker in the middle of a task for a `with` block, after which the task ends."""
    site.parse(path)
    task = site.claim()
    gate = Gate(endpoint)
    with site.working(task), gate.held():
        yield task


def delete(site: Site, path: str) -> None:
    """Delete a document."""
    data_of(site.client.delete(f"{folder_of(path)}/documents", json={"ids": [path.split("/")[6]]}))


# Stopped by somebody.


def test_a_cancel_in_mid_run_ends_in_cancel(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        site.cancel(path)

    assert (site.shown(path)["run"], site.states(path)) == ("CANCEL", ["cancelled"])
    assert site.chunks(path) == site.found(path, "lamp") == []
    site.assert_consistent(path)


def test_a_run_that_was_cancelled_and_begun_anew_ends_once(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        site.cancel(path)
        site.parse(path)

    assert site.states(path) == ["cancelled", "pending"]
    assert site.shown(path)["run"] == "RUNNING"
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_a_task_whose_document_is_run_anew_does_nothing(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.cancel(path)
    site.parse(path)

    site.run(task)

    assert site.states(path) == ["cancelled", "pending"]
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.tidy()
    site.assert_consistent(path)


def test_a_run_that_is_over_is_not_cancelled(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.ingest(task)
    site.services.publisher.switch(task, "")

    answer = site.client.delete(
        f"{folder_of(path)}/chunks", json={"document_ids": [path.split("/")[6]]}
    )
    assert answer.status_code == 409
    site.services.publisher.publish(task, "Task done.")

    assert site.shown(path)["run"] == "DONE"


def test_a_document_that_is_deleted_in_mid_run_leaves_nothing(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    other = site.another(folder_of(path), "other.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        delete(site, path)

    assert_nothing_left(site, path)
    site.parse(other)
    site.work()
    site.assert_consistent(other)


def test_a_document_that_is_deleted_before_its_chunks_are_published_leaves_nothing(
    site: Site,
) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.ingest(task)
    site.services.publisher.switch(task, "")
    delete(site, path)

    site.run(task)

    assert_nothing_left(site, path)
    [dataset] = site.rows(Dataset, Dataset.id == path.split("/")[4])
    assert (dataset["chunk_count"], dataset["token_num"], dataset["document_count"]) == (0, 0, 0)


def test_a_dataset_that_is_deleted_in_mid_run_leaves_nothing(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        data_of(site.client.delete("/api/v1/datasets", json={"ids": [path.split("/")[4]]}))

    assert_nothing_left(site, path)
    assert site.services.tasks.claim("worker") is None


def assert_nothing_left(site: Site, path: str) -> None:
    """Fail unless everything of a document is gone once all is cleaned up."""
    dataset_id, document_id = path.split("/")[4::2]
    site.tidy()
    for model in (StoredChunk, Task):
        assert site.rows(model, model.document_id == document_id) == []
    assert site.rows(Document, Document.id == document_id) == []
    assert site.services.chunk_store.vectors(dataset_id, document_id) == {}


# Refused by the model.


def refusal() -> Reply:
    """Return what an endpoint says that is overloaded; to be asked again at once."""
    said = b'{"error": {"message": "The model is overloaded."}}'
    return Reply(status=503, headers={"Retry-After": "0"}, pieces=[said])


def refuse(endpoint: ModelEndpoint, calls: int) -> None:
    """Have the model refuse, each time as often as it is asked for one answer."""
    endpoint.script.extend(refusal() for _ in range(4 * calls))


def test_a_model_that_is_down_for_a_while_delays_a_document(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    refuse(endpoint, 2)
    site.parse(path)

    site.run(site.claim())
    [task] = site.tasks(path)
    assert (task["state"], task["attempts"]) == ("pending", 1)
    assert "overloaded" in task["error"]
    assert site.shown(path)["run"] == "RUNNING"
    assert site.work() == 2

    assert site.shown(path)["run"] == "DONE"
    assert [task["attempts"] for task in site.tasks(path)] == [3]
    site.assert_consistent(path)


def test_a_model_that_stays_down_fails_a_document_with_the_reason(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    refuse(endpoint, 3)
    site.parse(path)

    assert site.work() == 3

    [task] = site.tasks(path)
    assert (task["state"], task["attempts"]) == ("dead", 3)
    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("FAIL", -1)
    last = lines_of(shown["progress_msg"])[-1]
    assert "The model is overloaded." in last
    assert last.endswith("(attempt 3, the last).")
    assert shown["progress_msg"].count("overloaded") == 1
    assert endpoint.received
    site.assert_consistent(path)


def test_a_model_that_refuses_for_good_fails_a_document_at_once(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    said = b'{"error": {"message": "No such model."}}'
    endpoint.script.append(Reply(status=404, pieces=[said]))
    site.parse(path)

    assert site.work() == 1

    assert site.states(path) == ["failed"]
    assert "No such model." in lines_of(site.shown(path)["progress_msg"])[-1]


def test_a_part_that_fails_ends_the_whole_document(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("long.pdf", pdf(*(f"Page {number}" for number in range(6))))
    site.parse(path)
    site.run(site.claim())
    endpoint.script.append(Reply(status=400, pieces=[b'{"error": "It is bad."}']))

    site.work()

    assert site.states(path) == ["done", "failed", "cancelled"]
    assert site.shown(path)["run"] == "FAIL"
    site.tidy()
    site.assert_consistent(path)


# Taken for dead.


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
    site.services.publisher.switch(successor, "")
    site.services.publisher.publish(successor, "Task done.")
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

    site.run(zombie)

    assert site.states(path) == ["pending"]
    endpoint.script.clear()
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def everything(site: Site, path: str) -> dict[str, Any]:
    """Return all that is known of a document."""
    dataset_id, document_id = path.split("/")[4::2]
    held = site.services.chunk_store.vectors(dataset_id, document_id)
    return {
        "document": site.rows(Document, Document.id == document_id)[0],
        "dataset": site.rows(Dataset, Dataset.id == dataset_id)[0],
        "tasks": site.tasks(path),
        "chunks": site.rows(StoredChunk, StoredChunk.document_id == document_id),
        "held": sorted(held),
    }


# Killed.


class Killed(BaseException):
    """What ends a worker in these tests as SIGKILL does: nothing handles it."""


class Tampered:
    """A chunk store in front of one method of which something else happens."""

    def __init__(self, store: Any, method: str, action: Callable[..., None]) -> None:
        """Stand in for `store`; `action` gets the method and its arguments."""
        self._store = store
        self._method = method
        self._action = action

    def __getattr__(self, name: str) -> Any:
        """Return a method of the store, which may be the one."""
        method = getattr(self._store, name)
        return partial(self._action, method) if name == self._method else method


def ingestion_on(site: Site, store: Any) -> IngestionService:
    """Return what a worker does, with another chunk store."""
    services = site.services
    index = ChunkIndex(services.database, store, services.models, run_inline)
    publisher = Publisher(services.database, store, services.tasks, index)
    return IngestionService(
        services.storage,
        store,
        services.models,
        services.tasks,
        publisher,
        Reuse(services.database, store, publisher),
        services.settings.worker,
    )


def killed_at(site: Site, method: str, *, after: bool) -> ClaimedTask:
    """Let a worker die at a call of the chunk store, and return its task."""

    def kill(call: Callable[..., Any], *args: Any) -> None:
        if after:
            call(*args)
        raise Killed

    ingestion = ingestion_on(site, Tampered(site.services.chunk_store, method, kill))
    task = site.claim()
    with pytest.raises(Killed):
        ingestion.run(task, site.process, never)
    return task


@contextmanager
def stopped_at(site: Site, method: str) -> Iterator[ClaimedTask]:
    """Suspend a worker right before a call of the chunk store for a `with` block."""
    reached, resumed = threading.Event(), threading.Event()

    def suspend(call: Callable[..., Any], *args: Any) -> None:
        reached.set()
        assert resumed.wait(PATIENCE)
        call(*args)

    ingestion = ingestion_on(site, Tampered(site.services.chunk_store, method, suspend))
    task = site.claim()
    with ParserProcess() as process:
        worker = threading.Thread(target=ingestion.run, args=(task, process, never))
        worker.start()
        try:
            assert reached.wait(PATIENCE)
            yield task
        finally:
            resumed.set()
            worker.join(PATIENCE)


def re_parsed(site: Site) -> str:
    """Make a document with chunks and have it parsed again with other content."""
    path = site.document("doc.txt", OLD.encode())
    site.parse(path)
    site.work()
    site.replace_content(path, NEW.encode())
    site.parse(path)
    return path


def found_texts(site: Site, path: str) -> Sequence[str]:
    """Return what a search finds that both contents answer."""
    return site.found(path, "lamp")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["discard", "stage"])
def test_a_worker_that_dies_before_the_switch_changes_nothing_yet(
    site: Site, method: str, *, after: bool
) -> None:
    path = re_parsed(site)
    task = killed_at(site, method, after=after)

    assert found_texts(site, path) == [OLD]
    assert [chunk["content"] for chunk in site.chunks(path)] == [OLD]
    site.lose(task)
    site.work()

    assert found_texts(site, path) == [NEW]
    assert site.shown(path)["run"] == "DONE"
    assert site.tasks(path)[-1]["attempts"] == 2
    site.assert_consistent(path)


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_between_switch_and_publication_is_carried_on(
    site: Site, endpoint: ModelEndpoint, *, after: bool
) -> None:
    path = re_parsed(site)
    task = killed_at(site, "publish", after=after)

    assert [chunk["content"] for chunk in site.chunks(path)] == [NEW], "the database has turned"
    assert found_texts(site, path) == [NEW if after else OLD]
    assert site.shown(path)["run"] == "RUNNING"
    site.set_rows(Task, Task.id == task.id, attempts=3)  # the last
    site.lose(task)
    asked = len(endpoint.received)
    site.work()

    assert len(endpoint.received) == asked, "nothing is embedded again"
    assert found_texts(site, path) == [NEW]
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_the_last_part_of_a_document_may_die_before_the_publication(site: Site) -> None:
    path = site.document("long.pdf", pdf(*(f"Page lamp{number}." for number in range(5))))
    site.parse(path)
    site.run(site.claim())
    site.run(site.claim())
    task = killed_at(site, "publish", after=False)
    site.lose(task)

    assert site.work() == 1

    assert site.states(path) == ["done"] * 3
    assert site.found(path, "lamp0")
    assert site.found(path, "lamp4")
    site.assert_consistent(path)


def test_what_a_worker_that_dies_after_publication_has_left_is_cleaned_up(site: Site) -> None:
    path = re_parsed(site)
    task = site.claim()
    site.ingest(task)
    site.services.publisher.switch(task, "")
    site.services.publisher.publish(task, "Task done.")

    assert site.shown(path)["run"] == "DONE"
    assert found_texts(site, path) == [NEW]
    assert [chunk["content"] for chunk in site.chunks(path)] == [NEW]
    generations = {row["generation"] for row in site.rows(StoredChunk, StoredChunk.seq > 0)}
    assert generations == {1, 2}, "the old rows are still there"
    site.tidy()

    site.assert_consistent(path)


def test_a_run_that_ended_otherwise_is_cleaned_up_as_well(site: Site) -> None:
    path = re_parsed(site)
    task = site.claim()
    site.ingest(task)
    site.services.tasks.fail(task, "It is broken.")

    site.tidy()

    assert site.shown(path)["run"] == "FAIL"
    assert found_texts(site, path) == [OLD]
    site.assert_consistent(path)
    site.services.chunk_store.publish(*path.split("/")[4::2], task.generation)
    assert found_texts(site, path) == [], "nothing of the failed run was left"


def test_a_run_that_was_cleaned_up_too_early_is_cleaned_up_again(site: Site) -> None:
    path = site.document("long.pdf", pdf(*(f"Page lamp{number}." for number in range(4))))
    site.parse(path)
    site.run(site.claim())
    second = site.claim()
    site.cancel(path)
    site.tidy()  # while the second part is still at work
    site.ingest(second)
    site.services.tasks.cancel(second)

    site.tidy()

    assert site.rows(StoredChunk, StoredChunk.document_id == path.split("/")[6]) == []
    site.assert_consistent(path)


TEXT = b"\n".join(b"The lamp %d shines." % number for number in range(4))


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
    site.services.publisher.switch(successor, "")
    site.services.publisher.publish(successor, "Task done.")
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
    publisher = site.services.publisher
    chunk = Chunk("0" * 16, path.split("/")[6], path.split("/")[4], "late")

    writes: list[Callable[[], object]] = [
        lambda: publisher.begin(zombie),
        lambda: publisher.split(zombie, [(1, 1), (2, 2)]),
        lambda: publisher.keep(zombie, [chunk], "hashing", 16),
        lambda: publisher.switch(zombie, ""),
        lambda: publisher.publish(zombie, "Task done."),
    ]
    for write in writes:
        with pytest.raises(TaskLostError):
            write()

    assert everything(site, path) | {"held": []} == before | {"held": []}
    assert site.states(path) == ["pending"]


def test_a_defect_in_a_task_is_tried_again_and_named_in_the_end(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("notes.txt", NOTES)
    # A document that no release ever wrote: its settings are no mapping.
    site.set_rows(Document, Document.id == path.split("/")[6], parser_config=7)
    site.parse(path)

    assert site.work() == 3

    assert site.states(path) == ["dead"]
    last = lines_of(site.shown(path)["progress_msg"])[-1]
    assert last == (
        "An internal error occurred; the worker's log has the details (attempt 3, the last)."
    )
    assert "TypeError" in caplog.text
