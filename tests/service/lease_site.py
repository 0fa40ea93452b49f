"""Web servers that compete for one lease, with a worker at whose pace documents get on."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from api.config.sources import load_settings
from api.container import Services, build
from api.errors import UnavailableError
from api.tasks.base import ClaimedTask
from tests.running import Server, wait_until
from tests.service.lease_places import (
    RedisPlace,
    SqliteStore,
    Store,
    cluster,
    postgresql,
    sentinel,
    standalone,
)
from tests.service.web import WebServer

TTL = 1.5
"""Seconds that leases of these servers last."""

SLACK = 20
"""Seconds more than that within which a busy machine must see a takeover."""

REDIS = {"redis": standalone, "sentinel": sentinel, "cluster": cluster}

TWO_HOSTS = ("postgresql", "redis")
"""Sites of two servers: each with a data folder of its own, with database and stores in common."""


@dataclass
class Work:
    """A document that is being parsed by nobody but the test."""

    host: Server
    services: Services
    dataset: str
    document: str
    task: ClaimedTask

    def tell(self, progress: float) -> None:
        """Report how far the parsing is, as an ingest worker does."""
        self.services.tasks.heartbeat(self.task, progress, f"12:00:00 at {progress}")

    def shown(self) -> tuple[float, str]:
        """Return progress and message as users see them."""
        found = self.host.document(self.dataset, self.document)
        return found["progress"], found["progress_msg"]

    def wait_for(self, progress: float) -> None:
        """Wait until a holder has told the document what the task says."""
        expected = (progress, f"12:00:00 at {progress}")
        wait_until(lambda: self.shown() == expected, f"the progress {progress}", TTL + SLACK)

    def goes_on(self, progress: float) -> None:
        """Report progress and wait until users see it."""
        self.tell(progress)
        self.wait_for(progress)


@dataclass
class Site:
    """Servers of one installation."""

    hosts: list[Server]
    store: Store
    services: Services
    redis: RedisPlace | None

    def holder(self) -> int:
        """Return the process that has the lease; 0 if nobody has it, or nobody can say."""
        with suppress(UnavailableError):
            return int(self.services.lease.holder().rpartition(":")[2] or 0)
        return 0

    def settled(self) -> int:
        """Wait until all is as it should be, and return the process that has the lease."""
        for host in self.hosts:
            wait_until(lambda host=host: len(host.web_workers()) == 2, "two workers")
            wait_until(host.is_ready, "the server to be ready")
        wait_until(lambda: self.holder() in self.workers(), "a holder", TTL + SLACK)
        return self.holder()

    def workers(self) -> set[int]:
        """Return the processes that may have the lease."""
        return {worker.pid for host in self.hosts for worker in host.web_workers()}

    def host_of(self, worker: int) -> Server:
        """Return the server that a worker belongs to."""
        return next(host for host in self.hosts if worker in {item.pid for item in host.tree()})

    def taken_over_from(self, worker: int) -> int:
        """Wait until another worker has the lease, and return it."""
        wait_until(lambda: self.holder() not in {0, worker}, "the takeover", TTL + SLACK)
        return self.holder()

    def signal_holder(self, number: int) -> int:
        """Send the holder a signal, and return its process."""
        holder = self.settled()
        os.kill(holder, number)
        return holder

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Start the parsing of a document for a `with` block."""
        host = self.host_of(self.settled())  # whose requests wake the holder
        dataset = host.dataset()
        [document] = host.upload(dataset, ("log.txt", b"The lamp burns."))
        host.parse(dataset, [document])
        task = self.services.tasks.claim("test")
        assert task is not None
        try:
            work = Work(host, self.services, dataset, document, task)
            work.goes_on(0.1)
            yield work
        finally:
            self.settled()
            host.data_of("DELETE", "/datasets", json={"ids": [dataset]})

    def logged(self, words: str) -> int:
        """Return how often all the logs say something."""
        return sum(host.log.count(words) for host in self.hosts)

    def wait_for_log(self, words: str, times: int = 1) -> None:
        """Wait until the logs have said something so often again."""
        seen = self.logged(words)
        wait_until(lambda: self.logged(words) >= seen + times, f"the log to say {words!r}")

    def assert_one_at_a_time(self) -> None:
        """Fail if two wrote under one token, after a newer one, or any progress went back."""
        writes = self.store.writes()
        fences = [fence for fence, _, _, _ in writes]
        assert fences, "nobody has written anything"
        assert fences == sorted(fences)
        writers, told = defaultdict(set), defaultdict(list)
        for fence, writer, document, progress in writes:
            writers[fence].add(writer)
            told[document].append(progress)
        assert all(len(names) == 1 for names in writers.values()), writers
        for course in told.values():
            assert all(before <= after for before, after in pairwise(course)), course


class Sites:
    """One site of each kind, started when the first test asks for it."""

    def __init__(
        self, stack: ExitStack, folder: Path, server: Callable[..., Server] = WebServer
    ) -> None:
        """Initialize with where data go, what is to be closed at the end, and what to start."""
        self.stack = stack
        self.folder = folder
        self.server = server
        self.started: dict[str, Site] = {}

    def of(self, kind: str) -> Site:
        """Return the site whose lease is in `kind`."""
        if kind not in self.started:
            self.started[kind] = self.start(kind)
        return self.started[kind]

    def start(self, kind: str) -> Site:
        """Start servers, and all that they need."""
        folder = self.folder / kind
        folder.mkdir()
        store: Store
        if kind == "sqlite":
            store = SqliteStore(folder / "0" / "raglan.db")
        else:
            store = postgresql(self.stack)
        redis = REDIS[kind](self.stack) if kind in REDIS else None
        extra = settings_for(folder, store, redis)
        count = 2 if kind in TWO_HOSTS else 1
        hosts = [self.server(folder / str(number), extra=extra) for number in range(count)]
        for host in hosts:
            self.stack.callback(kill, host)
            host.launch()
        for host in hosts:
            wait_until(host.is_ready, "the server to be ready")
        store.record_writes()
        services = build(load_settings(hosts[0].environment))
        self.stack.callback(services.database.close_all)  # type: ignore[attr-defined]
        return Site(hosts, store, services, redis)


def settings_for(folder: Path, store: Store, redis: RedisPlace | None) -> dict[str, str]:
    """Return the settings of a site's servers."""
    return {
        "RAGLAN_LEASE__TTL": str(TTL),
        "RAGLAN_LOG__LEVEL": "DEBUG",  # at which each try is logged that is in vain
        "RAGLAN_WORKER__LEASE": "600",
        "RAGLAN_SERVER__GRACEFUL_TIMEOUT": "5",
        "RAGLAN_MODELS__EMBEDDING_MODEL": "hashing@Builtin",
        "RAGLAN_STORAGE__URL": f"file://{folder}/files",
        "RAGLAN_CHUNK_STORE__URL": f"sqlite:///{folder}/chunks.db",
        **store.settings,
        **({"RAGLAN_REDIS__URL": redis.url} if redis else {}),
    }


def kill(host: Server) -> None:
    """End a server that nobody needs any more; its children are not waited for."""
    for process in host.tree():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    if host.process is not None:
        host.process.wait()


def ended(process: int) -> bool:
    """Return whether a process is gone, or dead and not buried yet."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
