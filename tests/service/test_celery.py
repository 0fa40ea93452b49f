"""Celery's workers on real brokers: shared work, deaths of every kind, what others see of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery

from api.config.sources import load_settings
from api.container import Services, build
from api.db.migrate import migrate
from api.errors import UnavailableError
from api.http.application import attach, create_app
from api.jobs.background import announce_tasks, recover_tasks
from api.leases.database import migration_lease
from api.tasks.broker.celery_app import celery_app
from rag.ingestion.process import ParserProcess
from tests.brokers import KINDS, BrokerServer, redis_broker
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import PATIENCE, Site
from tests.functional.library import API, make_dataset
from tests.model_endpoint import ModelEndpoint, serve
from tests.running import wait_until
from tests.service.workers import Workers

LINES = 110
"""Lines of a document; in all more than a small document has, of which several go together."""

LINE = "The keeper lights the lamp at dusk and the boat comes home before the wind. "


class Turnstile(threading.Barrier):
    """Holds whoever asks the model for vectors until it is opened."""

    def __init__(self) -> None:
        """Begin closed."""
        super().__init__(1)
        self.arrived = 0
        self.opened = threading.Event()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the opening."""
        self.arrived += 1
        self.opened.wait(timeout or PATIENCE)
        return 0


@dataclass
class Crew:
    """Three workers on a broker, the server that gives them work, and the model they embed with."""

    broker: BrokerServer
    workers: Workers
    site: Site
    endpoint: ModelEndpoint
    dataset: str

    @property
    def services(self) -> Services:
        """Return the parts of the server."""
        return self.site.services

    @property
    def app(self) -> Celery:
        """Return an application by which to look at the workers."""
        return celery_app(self.broker.url)

    def add(self, name: str) -> str:
        """Upload a document with content of its own, and parse it; return its path."""
        lines = [f"{name} {number} {LINE * 4}" for number in range(LINES)]
        path = self.site.another(self.dataset, f"{name}.txt", "\n".join(lines).encode())
        self.site.parse(path)
        return path

    def start(self, many: int, **settings: str) -> None:
        """Start workers, and wait until they are ready."""
        before = self.workers.log.count("waits for tasks")
        for _ in range(many):
            self.workers.start(**settings)
        ready = before + many
        wait_until(lambda: self.workers.log.count("waits for tasks") >= ready, "the workers")

    def is_over(self, path: str) -> bool:
        """Return whether the run of a document has ended."""
        return self.site.shown(path)["run"] in {"DONE", "FAIL", "CANCEL"}

    @contextmanager
    def held(self) -> Iterator[Turnstile]:
        """Hold the workers at the model until the end of a `with` block."""
        turnstile = Turnstile()
        self.endpoint.gathering = turnstile
        try:
            yield turnstile
        finally:
            self.endpoint.gathering = None
            turnstile.opened.set()


@contextmanager
def crew_on(broker: BrokerServer, folder: Path, many: int, **settings: str) -> Iterator[Crew]:
    """Start workers on a broker, a model, and a server's parts that give them work."""
    (folder / "data").mkdir()
    (folder / "log").touch()
    with serve() as endpoint:
        own = {
            "RAGLAN_MODELS__EMBEDDING_MODEL": "hashing@Endpoint",
            "RAGLAN_MODELS__EMBEDDING_BASE_URL": endpoint.url,
            "RAGLAN_QUEUE__URL": broker.url,
            "RAGLAN_QUEUE__TIMEOUT": "1",
        }
        workers = Workers(folder, own | settings)
        services = build(load_settings(workers.settings))
        migrate(services.database, migration_lease(services.database))
        app = create_app()
        attach(app, services)
        client = client_with(app, join(services, "member@example.org").api_key)
        made = make_dataset(client, parser_config={"chunk_token_num": 80})
        site = Site(services, client, ParserProcess())
        crew = Crew(broker, workers, site, endpoint, f"{API}/datasets/{made['id']}")
        try:
            crew.start(many)
            yield crew
        finally:
            workers.end()
            services.tasks.broker.close()
            services.chunk_store.close()
            services.database.close_all()


@contextmanager
def holding(services: Services) -> Iterator[None]:
    """Run the jobs that the holder of the lease runs, beside a `with` block."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(0.1):
            recover_tasks(services, 1)
            with suppress(UnavailableError):
                announce_tasks(services, 1)

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module", params=KINDS)
def started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crew]:
    """Start three workers on one kind of broker after the other."""
    broker: BrokerServer = request.getfixturevalue(f"broker_{request.param}")
    with crew_on(broker, tmp_path_factory.mktemp(broker.kind), many=3) as crew:
        yield crew


@pytest.fixture
def crew(started: Crew) -> Iterator[Crew]:
    """Give the three workers work, for a test."""
    with holding(started.services):
        yield started


def only_child(process: psutil.Process) -> psutil.Process:
    """Return the one process that another has started."""
    [child] = process.children()
    return child


def test_whatever_is_killed_every_document_is_done_once(crew: Crew) -> None:
    mains = [psutil.Process(worker.pid) for worker in crew.workers.started]
    undisturbed = crew.add("paper-00")
    wait_until(lambda: crew.is_over(undisturbed), "the first document", PATIENCE)
    expected = crew.site.shown(undisturbed)["chunk_count"]
    assert expected >= LINES
    with crew.held() as turnstile:
        paths = [crew.add(f"paper-{number:02}") for number in range(1, 8)]
        wait_until(lambda: turnstile.arrived == 3, "all workers to be at work")
        pools = [only_child(main) for main in mains]
        parsers = [only_child(pool) for pool in pools]

        crew.broker.kill()
        paths.append(crew.add("paper-08"))
        mains[0].kill()
        pools[1].kill()
        parsers[2].kill()
        crew.broker.start()
        if crew.broker.kind == "redis":
            crew.broker.flush()
        psutil.wait_procs([pools[0], parsers[0], parsers[1]], timeout=PATIENCE)
    crew.start(1)
    paths.append(crew.add("paper-09"))

    wait_until(lambda: all(map(crew.is_over, paths)), "all documents", PATIENCE)

    for path in paths:
        shown = crew.site.shown(path)
        assert (shown["run"], shown["chunk_count"]) == ("DONE", expected), shown["progress_msg"]
        assert crew.site.states(path) == ["done"]
        crew.site.assert_consistent(path)
    assert not pools[0].is_running()
    assert crew.workers.started.pop(0).wait() == -9


@pytest.mark.parametrize("started", KINDS[:1], indirect=True)
def test_a_cancelled_task_is_revoked_and_a_running_one_stops(crew: Crew) -> None:
    with crew.held() as turnstile:
        running = [crew.add(f"running-{number}") for number in range(3)]
        wait_until(lambda: turnstile.arrived == 3, "all workers to be at work")
        waiting = crew.add("waiting")
        crew.site.cancel(waiting)
        crew.site.cancel(running[0])
        [task] = crew.site.tasks(waiting)
        assert task["state"] == "cancelled"

        def is_revoked() -> bool:
            told = crew.app.control.inspect(timeout=0.5).revoked() or {}
            return len(told) == 3 and all(task["id"] in ids for ids in told.values())

        wait_until(is_revoked, "all workers to know")
        wait_until(lambda: crew.site.states(running[0]) == ["cancelled"], "the worker to stop")

    wait_until(lambda: all(map(crew.is_over, running)), "the others", PATIENCE)
    runs = [crew.site.shown(path)["run"] for path in [*running, waiting]]
    assert runs == ["CANCEL", "DONE", "DONE", "CANCEL"]


def test_monitors_of_celery_see_workers_and_tasks(crew: Crew) -> None:
    seen: dict[str, dict[str, Any]] = {}

    def note(event: dict[str, Any]) -> None:
        seen[event["type"]] = event

    with crew.app.connection_for_read() as connection:
        receiver = crew.app.events.Receiver(connection, handlers={"*": note})
        with capturing(receiver):
            wait_until(lambda: "worker-heartbeat" in seen, "a word of the workers")
            path = crew.add("watched")
            wait_until(lambda: "task-succeeded" in seen, "a word of the task")

    wait_until(lambda: crew.is_over(path), "the document", PATIENCE)
    assert seen["task-received"]["name"] == "raglan.parse"
    assert seen["task-succeeded"]["hostname"].startswith("worker-")
    wait_until(lambda: crew.services.tasks.broker.workers() == 3, "an answer of all workers")


@contextmanager
def capturing(receiver: Any) -> Iterator[None]:
    """Receive events beside a `with` block."""
    thread = threading.Thread(target=receiver.capture)
    thread.start()
    try:
        yield
    finally:
        receiver.should_stop = True
        thread.join(PATIENCE)


@pytest.mark.parametrize("started", KINDS[:1], indirect=True)
def test_a_worker_that_is_told_to_stop_hands_back_what_it_does(crew: Crew) -> None:
    with crew.held() as turnstile:
        path = crew.add("handed-back")
        wait_until(lambda: turnstile.arrived == 1, "a worker to be at work")
        [task] = crew.site.tasks(path)
        pool = psutil.Process(int(task["owner"].partition("/")[0].rpartition(":")[2]))
        [worker] = [one for one in crew.workers.started if one.pid == pool.ppid()]
        worker.terminate()
        wait_until(lambda: "and stops" in crew.workers.log, "the signal")
    # The call of the model ends; the worker sees then that it is to stop.
    assert worker.wait(PATIENCE) == 0

    wait_until(lambda: crew.is_over(path), "the document", PATIENCE)
    assert turnstile.arrived == 1
    assert [task["attempts"] for task in crew.site.tasks(path)] == [1]
    crew.workers.started.remove(worker)
    crew.start(1)


@pytest.mark.xdist_group("brokers")
def test_a_process_that_takes_too_long_is_killed_and_its_task_given_to_another(
    tmp_path: Path,
) -> None:
    with (
        redis_broker() as broker,
        crew_on(broker, tmp_path, many=1, RAGLAN_QUEUE__TASK_TIMEOUT="4") as crew,
        holding(crew.services),
    ):
        with crew.held() as turnstile:
            path = crew.add("too-long")
            wait_until(lambda: turnstile.arrived == 2, "a second attempt")

        wait_until(lambda: crew.is_over(path), "the document", PATIENCE)
        assert "Hard time limit (4.0s) exceeded" in crew.workers.log
        assert crew.site.shown(path)["run"] == "DONE"
        assert crew.site.tasks(path)[0]["attempts"] >= 2
