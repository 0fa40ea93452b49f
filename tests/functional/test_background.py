"""What the holder of the lease does, and workers, together in this process."""

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.container import Services
from api.db.models.cleanup import Cleanup
from api.db.models.document import Document, Task
from api.jobs.background import Background
from api.worker import Worker
from rag.ingestion.process import ParserProcess
from tests.functional.ingesting import PATIENCE, Site, wait_until

NOTES = b"The keeper lights the lamp at dusk.\n"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Shorten leases."""
    lease = settings.lease.model_copy(update={"ttl": 0.5})
    worker = settings.worker.model_copy(update={"poll_interval": 0.05})
    return settings.model_copy(update={"lease": lease, "worker": worker})


@pytest.fixture
def site(services: Services, client: FlaskClient) -> Site:
    """Compose a server."""
    return Site(services, client, ParserProcess())


@contextmanager
def background(services: Services) -> Iterator[Background]:
    """Compete for the lease for a `with` block."""
    running = Background(services)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        names = {job.name for job in running.jobs.jobs}
        wait_until(lambda: not names & {thread.name for thread in threading.enumerate()})


@contextmanager
def working(services: Services) -> Iterator[Worker]:
    """Run a worker for a `with` block."""
    worker = Worker(services)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop(signal.SIGTERM, None)
        thread.join(PATIENCE)
        assert not thread.is_alive()


def holds(running: Background) -> bool:
    """Return whether a process holds the lease."""
    return running.elector.fence is not None


def have_run(running: Background) -> bool:
    """Return whether all the jobs of a process have been run, and did not fail."""
    records = running.jobs.records.values()
    return all(record.last_result.startswith("did ") for record in records)


def test_one_process_does_the_background_jobs_and_another_takes_over(services: Services) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(background(services))
        wait_until(lambda: holds(first))
        second = stack.enter_context(background(services))
        wait_until(lambda: have_run(first))
        assert not holds(second)

        first.stop()

        wait_until(lambda: holds(second))
        assert not holds(first)
        wait_until(lambda: have_run(second))


def test_the_holder_gives_lost_tasks_back_and_a_worker_finishes_them(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    lost = site.claim()
    site.set_rows(Task, Task.id == lost.id, lease_until=1)

    with working(site.services), background(site.services):
        wait_until(lambda: site.shown(path)["run"] == "DONE")
        wait_until(lambda: all(task["cleaned"] for task in site.tasks(path)))

    assert [task["attempts"] for task in site.tasks(path)] == [2]
    site.assert_consistent(path)


def test_the_holder_tells_documents_their_progress(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.services.tasks.heartbeat(task, 0.5, "12:00:00 half")

    with background(site.services):
        wait_until(lambda: site.shown(path)["progress"] == 0.5)

    assert site.shown(path)["progress_msg"] == "12:00:00 half"


def test_the_holder_removes_what_deleted_documents_have_left(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    site.work()
    # As a web worker that dies between the commit of a deletion and what follows it.
    [row] = site.rows(Document, Document.id == path.split("/")[6])
    deleted, noted = site.services.library.documents.delete_rows(path.split("/")[4], [row["id"]])
    assert (deleted, len(noted)) == ({row["id"]}, 1)
    assert site.found(path, "lamp")

    with background(site.services):
        wait_until(lambda: not site.rows(Cleanup, Cleanup.id == noted[0]))

    assert site.found(path, "lamp") == []
    assert not list((site.services.settings.data_path / "files").rglob("*.bin"))
