"""Where competing servers keep their data and their lease, as somebody from outside handles it."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import redis

from tests.components import (
    Component,
    postgresql_server,
    redis_cluster,
    redis_sentinel,
    redis_server,
)
from tests.running import wait_until

AUDIT = "CREATE TABLE audit (id {key}, writer TEXT, fence BIGINT, document TEXT, progress FLOAT)"

SQLITE_TRIGGER = """
CREATE TRIGGER audited AFTER UPDATE OF progress_msg ON document
WHEN OLD.run = 'RUNNING' AND NEW.run = 'RUNNING' BEGIN
    INSERT INTO audit (writer, fence, document, progress)
    SELECT 'unknown', fence, NEW.id, NEW.progress FROM lease WHERE name = 'background';
END
"""

POSTGRESQL_TRIGGER = """
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO audit (writer, fence, document, progress)
    SELECT current_setting('application_name'), fence, NEW.id, NEW.progress
    FROM lease WHERE name = 'background';
    RETURN NEW;
END $$;
CREATE TRIGGER audited AFTER UPDATE OF progress_msg ON document FOR EACH ROW
WHEN (OLD.run = 'RUNNING' AND NEW.run = 'RUNNING') EXECUTE FUNCTION audit();
"""

WAITING = """
SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE %s
"""

A_ROUND = 1.2
"""Seconds in which a holder looks at running documents once at least."""

Tell = Callable[[], None]


class Store(Protocol):
    """A database; only its holders change what a running document says, and each is recorded."""

    settings: dict[str, str]

    def record_writes(self) -> None:
        """Begin to record."""
        ...

    def writes(self) -> list[tuple[int, str, str, float]]:
        """Return who wrote: the newest token then, the writer, the document and its progress."""
        ...

    def stopped_before_writing(self, pid: int, tell: Tell) -> AbstractContextManager[None]:
        """Stop a holder that has read and would write next, and let it go on after the block.

        `tell` gives it something to write.
        """
        ...


class SqliteStore:
    """The file in a data folder."""

    def __init__(self, path: Path) -> None:
        """Initialize with the file; the server makes it."""
        self.path = path
        # Nobody can see that the holder waits for the lock. So it is waited for longer than its
        # jobs rest, in which time the holder must not step down though it cannot renew the lease.
        self.settings = {"RAGLAN_LEASE__RENEWALS": "10", "RAGLAN_LEASE__STEP_DOWN": "0.95"}

    def record_writes(self) -> None:
        """Begin to record."""
        with closing(self.connect()) as connection:
            connection.execute(AUDIT.format(key="INTEGER PRIMARY KEY"))
            connection.execute(SQLITE_TRIGGER)

    def writes(self) -> list[tuple[int, str, str, float]]:
        """Return who wrote, as far as a file can tell."""
        with closing(self.connect()) as connection:
            statement = "SELECT fence, writer, document, progress FROM audit ORDER BY id"
            return list(connection.execute(statement))

    @contextmanager
    def stopped_before_writing(self, pid: int, tell: Tell) -> Iterator[None]:
        """Stop a holder while it waits for the lock."""
        with closing(self.connect()) as blocker:
            tell()
            blocker.execute("BEGIN IMMEDIATE")
            time.sleep(A_ROUND)
            os.kill(pid, signal.SIGSTOP)
            blocker.execute("ROLLBACK")
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def connect(self) -> sqlite3.Connection:
        """Connect as a stranger, who waits for locks."""
        return sqlite3.connect(self.path, timeout=20, isolation_level=None)


class PostgresqlStore:
    """A server that several machines share."""

    def __init__(self, server: Component) -> None:
        """Initialize with the server."""
        self.url = f"postgresql://postgres@{server.address}/postgres"
        self.settings = {
            "RAGLAN_DATABASE__URL": self.url,
            "RAGLAN_DATABASE__IDLE_TRANSACTION_TIMEOUT": "1",
        }

    def record_writes(self) -> None:
        """Begin to record."""
        with psycopg.connect(self.url) as connection:
            connection.execute(AUDIT.format(key="SERIAL PRIMARY KEY"))  # type: ignore[arg-type]
            connection.execute(POSTGRESQL_TRIGGER)

    def writes(self) -> list[tuple[int, str, str, float]]:
        """Return who wrote."""
        with psycopg.connect(self.url) as connection:
            statement = "SELECT fence, writer, document, progress FROM audit ORDER BY id"
            return list(connection.execute(statement))

    @contextmanager
    def stopped_before_writing(self, pid: int, tell: Tell) -> Iterator[None]:
        """Stop a holder while it waits for what it wants to read; no transaction is open."""
        lock = "LOCK TABLE task IN ACCESS EXCLUSIVE MODE"
        with self.stopped_waiting(pid, lock, "%d.progress_msg%"):
            tell()
            yield

    @contextmanager
    def stopped_in_transaction(self, pid: int, document: str, tell: Tell) -> Iterator[None]:
        """Stop a holder while it writes: its transaction stays open."""
        tell_later = f"SELECT 1 FROM document WHERE id = '{document}' FOR UPDATE"  # noqa: S608
        with self.stopped_waiting(pid, tell_later, "%UPDATE document SET progress_msg%", tell):
            yield

    @contextmanager
    def stopped_waiting(
        self, pid: int, lock: str, query: str, tell: Tell = lambda: None
    ) -> Iterator[None]:
        """Acquire a lock, stop a holder once it waits for it, and release the lock."""
        with psycopg.connect(self.url) as blocker:
            blocker.execute(lock)  # type: ignore[arg-type]
            tell()
            wait_until(lambda: self.waits(pid, query), "the holder to wait for the lock")
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def waits(self, pid: int, query: str) -> bool:
        """Return whether a process waits for a lock in a query."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(WAITING, [query]).fetchall()
        return any(name.endswith(f":{pid}") for (name,) in found)


@dataclass
class RedisPlace:
    """Redis in one of its forms; `nodes` are its servers that hold data."""

    url: str
    nodes: list[Component]
    stack: ExitStack

    def flush(self) -> None:
        """Delete all keys."""
        for node in self.nodes:
            # A replica refuses, and one that was failed over is gone.
            with suppress(redis.RedisError), redis.Redis(port=node.port) as client:
                client.flushall()

    @contextmanager
    def killed(self) -> Iterator[None]:
        """Kill the only server for a `with` block; the next one starts empty."""
        [node] = self.nodes
        node.process.kill()
        node.process.wait()
        try:
            yield
        finally:
            self.nodes = [self.stack.enter_context(redis_server(port=node.port))]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Suspend all servers for a `with` block."""
        for node in self.nodes:
            node.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for node in self.nodes:
                node.process.send_signal(signal.SIGCONT)

    def fail_over(self) -> None:
        """Kill the first server; a Sentinel makes the second one the master."""
        first, second = self.nodes
        first.process.kill()
        first.process.wait()
        wait_until(lambda: role(second.port) == "master", "the failover")


def role(port: int) -> str:
    """Return what a server takes itself for."""
    with redis.Redis(port=port) as client:
        return str(client.role()[0].decode())


def standalone(stack: ExitStack) -> RedisPlace:
    """Run one server."""
    node = stack.enter_context(redis_server())
    return RedisPlace(f"redis://{node.address}/0", [node], stack)


def sentinel(stack: ExitStack) -> RedisPlace:
    """Run a master and a replica under a Sentinel."""
    master = stack.enter_context(redis_server("--repl-diskless-sync-delay", "0"))
    options = ("--replicaof", f"127.0.0.1 {master.port}")
    replica = stack.enter_context(redis_server(*options))
    watch = stack.enter_context(redis_sentinel(master))
    with redis.Redis(port=watch.port) as client:
        untyped: Any = client
        wait_until(lambda: untyped.sentinel_slaves("m"), "the sentinel to know the replica")
    return RedisPlace(f"redis+sentinel://{watch.address}/m", [master, replica], stack)


def cluster(stack: ExitStack) -> RedisPlace:
    """Run a cluster of three masters."""
    nodes = stack.enter_context(redis_cluster())
    return RedisPlace(f"redis+cluster://{','.join(node.address for node in nodes)}", nodes, stack)


def postgresql(stack: ExitStack) -> PostgresqlStore:
    """Run a database server of these servers' own."""
    return PostgresqlStore(stack.enter_context(postgresql_server()))
