"""Ingest workers as real processes: shared work, signals, deaths."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import pytest

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.http.application import attach, create_app
from api.jobs.background import recover_tasks
from api.leases.database import migration_lease
from api.services.configuration.records import Author
from rag.ingestion.process import ParserProcess
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import PATIENCE, Site
from tests.model_endpoint import ModelEndpoint, Reply, serve, vectors
from tests.running import wait_until
from tests.service.workers import Workers

NOTES = b"The keeper lights the lamp at dusk.\n"
NEVER = "3600"

SUPERVISOR = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-m", "api.worker"])
print(worker.pid, flush=True)
worker.wait()
"""


@pytest.fixture
def endpoint() -> Iterator[ModelEndpoint]:
    """Run the model that the workers embed with."""
    with serve() as running:
        yield running


@pytest.fixture
def workers(tmp_path: Path, endpoint: ModelEndpoint) -> Iterator[Workers]:
    """Start workers that are gone after the test."""
    (tmp_path / "data").mkdir()
    models = {
        "RAGLAN_MODELS__EMBEDDING_MODEL": "hashing@Endpoint",
        "RAGLAN_MODELS__EMBEDDING_BASE_URL": endpoint.url,
    }
    running = Workers(tmp_path, models)
    try:
        yield running
    finally:
        running.end()


@pytest.fixture
def settings(workers: Workers) -> Settings:
    """Return the workers' settings."""
    return load_settings(workers.settings)


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """Compose what a web server has, on a database without tables."""
    composed = build(settings)
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


@pytest.fixture
def make_site(services: Services) -> Callable[[], Site]:
    """Migrate the database and make a user who works with the server."""

    def make() -> Site:
        migrate(services.database, migration_lease(services.database))
        app = create_app()
        attach(app, services)
        client = client_with(app, join(services, "member@example.org").api_key)
        return Site(services, client, ParserProcess())

    return make


@pytest.fixture
def site(make_site: Callable[[], Site]) -> Site:
    """Build a server with its database."""
    return make_site()


class Gate:
    """A model that answers only when the test lets it."""

    def __init__(self, endpoint: ModelEndpoint, calls: int = 1) -> None:
        """Delay the next calls."""
        self.endpoint = endpoint
        self.asked = len(endpoint.received) + calls
        self._open = False
        for _ in range(calls):
            endpoint.script.append(Reply(pieces=self._pieces()))

    def _pieces(self) -> Iterator[bytes]:
        wait_until(lambda: self._open, "the test to open the gate")
        yield from vectors([[1.0] + [0.0] * 15]).pieces

    def wait(self) -> None:
        """Wait until all the calls have come."""
        wait_until(lambda: len(self.endpoint.received) >= self.asked, "the worker to embed")

    def open(self) -> None:
        """Release the model's answers."""
        self._open = True


@contextmanager
def gate(endpoint: ModelEndpoint, calls: int = 1) -> Iterator[Gate]:
    """Delay calls of the model until the end of a `with` block, at the latest."""
    made = Gate(endpoint, calls)
    try:
        yield made
    finally:
        made.open()


def finished(site: Site, path: str) -> dict[str, Any]:
    """Wait until the run of a document has ended, and return the document."""
    ends = {"DONE", "FAIL", "CANCEL"}
    wait_until(lambda: site.shown(path)["run"] in ends, "the run to end", PATIENCE)
    return site.shown(path)


def assert_done(site: Site, path: str) -> None:
    """Wait until a document is done, and fail unless it is as it should be."""
    shown = finished(site, path)
    assert shown["run"] == "DONE", shown["progress_msg"]
    wait_until(lambda: all(task["cleaned"] for task in site.tasks(path)), "the end of the worker")
    assert site.found(path, "lamp") == [NOTES.decode().strip()]
    site.assert_consistent(path)


def recover_until_done(site: Site, path: str) -> None:
    """Run the jobs of the holder of the lease until a document is done."""
    ends = {"DONE", "FAIL", "CANCEL"}
    deadline = time.monotonic() + PATIENCE
    while site.shown(path)["run"] not in ends:
        assert time.monotonic() < deadline, site.shown(path)
        recover_tasks(site.services, 1)
        time.sleep(0.05)
    assert_done(site, path)


def parser_folders(workers: Workers) -> list[Path]:
    """Return the folders of parser processes."""
    return list((workers.folder / "data" / "tmp").glob("raglan-parser-*"))


def test_a_worker_asked_to_stop_hands_its_task_to_another(
    workers: Workers, site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with gate(endpoint) as held:
        site.parse(path)
        first = workers.start()
        held.wait()
        first.terminate()
        wait_until(lambda: "got SIGTERM and stops" in workers.log, "the signal")
        held.open()
        assert first.wait(PATIENCE) == 0

    [task] = site.tasks(path)
    assert (task["state"], task["attempts"], task["owner"]) == ("pending", 0, "")
    assert "has stopped" in workers.log
    assert parser_folders(workers) == []
    workers.start()
    assert_done(site, path)
    assert [task["attempts"] for task in site.tasks(path)] == [1]


def test_a_task_of_a_killed_worker_is_given_to_another(
    workers: Workers, site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with gate(endpoint) as held:
        site.parse(path)
        first = workers.start()
        held.wait()
        children = psutil.Process(first.pid).children()
        assert children, "its parser process"
        first.kill()
        first.wait()
    assert not psutil.wait_procs(children, timeout=PATIENCE)[1]
    assert len(parser_folders(workers)) == 1
    [before] = parser_folders(workers)

    workers.start()
    recover_until_done(site, path)

    assert [task["attempts"] for task in site.tasks(path)] == [2]
    assert not before.exists()
    assert "Removed the temporary folders of 1 lost processes." in workers.log


def test_a_worker_that_was_stopped_for_long_drops_its_work(
    workers: Workers, site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with gate(endpoint) as held:
        site.parse(path)
        zombie = workers.start()
        held.wait()
        zombie.send_signal(signal.SIGSTOP)
        workers.start()
        recover_until_done(site, path)
        before = site.shown(path), site.tasks(path)
        zombie.send_signal(signal.SIGCONT)

    wait_until(lambda: "its work here is dropped" in workers.log, "the zombie to see it")
    assert (site.shown(path), site.tasks(path)) == before
    site.assert_consistent(path)


def test_two_workers_share_what_there_is_to_do(
    workers: Workers, site: Site, endpoint: ModelEndpoint
) -> None:
    paths = [site.document("a.txt", NOTES, "a"), site.document("b.txt", NOTES, "b")]
    with gate(endpoint, calls=2) as held:
        for path in paths:
            site.parse(path)
        for _ in range(2):
            workers.start()
        held.wait()  # each is busy with one

        owners = {task["owner"].partition("/")[0] for path in paths for task in site.tasks(path)}
        assert {owner.rpartition(":")[2] for owner in owners} == {
            str(worker.pid) for worker in workers.started
        }
    for path in paths:
        assert_done(site, path)


def test_a_waiting_worker_begins_as_soon_as_there_is_something_to_do(
    workers: Workers, site: Site
) -> None:
    worker = workers.start(RAGLAN_WORKER__POLL_INTERVAL=NEVER)
    wait_until(lambda: "waits for tasks" in workers.log, "the worker")
    for name in ("first", "second"):
        path = site.document(f"{name}.txt", NOTES, name)
        site.parse(path)
        assert_done(site, path)
    goes_by_what_is_changed(site)

    worker.terminate()

    assert worker.wait(PATIENCE) == 0


def goes_by_what_is_changed(site: Site) -> None:
    """Change a setting in the database, and parse until the running worker goes by it."""
    wanted = {"worker.parse_characters": 5, "worker.parse_expansion": 0}
    site.services.configuration.settings.change(Author("me@example.org"), 0, wanted)
    numbers = count()

    def refused() -> bool:
        number = next(numbers)
        path = site.document(f"{number}.txt", b"%d of some" % number, f"folder {number}")
        site.parse(path)
        return bool(finished(site, path)["run"] == "FAIL")

    wait_until(refused, "the worker to go by the setting")


def test_a_cancel_in_mid_run_is_heard(
    workers: Workers, site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with gate(endpoint) as held:
        site.parse(path)
        workers.start()
        held.wait()
        site.cancel(path)

    wait_until(lambda: site.states(path) == ["cancelled"], "the worker to stop")
    assert site.shown(path)["run"] == "CANCEL"


def test_a_worker_waits_for_a_database_and_its_tables(
    workers: Workers, make_site: Callable[[], Site]
) -> None:
    workers.start()
    wait_until(lambda: "Waiting: The database is not migrated yet" in workers.log, "the worker")

    site = make_site()

    path = site.document("notes.txt", NOTES)
    site.parse(path)
    assert_done(site, path)


def test_a_worker_waits_for_a_database_that_does_not_answer(workers: Workers) -> None:
    worker = workers.start(RAGLAN_DATABASE__URL=f"sqlite:///{workers.folder}/absent/raglan.db")
    wait_until(lambda: "Waiting: The database does not answer now" in workers.log, "the worker")

    (workers.folder / "absent").mkdir()

    wait_until(lambda: "not migrated yet" in workers.log, "the worker to reach it")
    worker.terminate()
    assert worker.wait(PATIENCE) == 0


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RAGLAN_WORKER__LEASE", "soon", "worker.lease"),
        ("RAGLAN_DATABASE__URL", "oracle://x", "database.url must begin with"),
        ("RAGLAN_DATA_DIR", "/dev/null/data", "The data folder /dev/null/data cannot be made"),
    ],
)
def test_a_worker_that_cannot_start_says_so_in_one_line(
    workers: Workers, name: str, value: str, said: str
) -> None:
    worker = workers.start(**{name: value})

    assert worker.wait(PATIENCE) == 1
    [line] = workers.log.splitlines()
    assert line.startswith("raglan worker: ")
    assert said in line


def test_a_worker_ends_with_its_supervisor(workers: Workers, site: Site) -> None:
    assert site
    supervisor = workers.start(("-c", SUPERVISOR))
    wait_until(lambda: "waits for tasks" in workers.log, "the worker")
    [worker] = psutil.Process(supervisor.pid).children()

    supervisor.kill()

    assert not psutil.wait_procs([worker], timeout=PATIENCE)[1]
    assert "got SIGTERM and stops" in workers.log


def test_interrupt_stops_a_worker_as_well(workers: Workers, site: Site) -> None:
    assert site
    worker = workers.start()
    wait_until(lambda: "waits for tasks" in workers.log, "the worker")

    worker.send_signal(signal.SIGINT)

    assert worker.wait(PATIENCE) == 0
