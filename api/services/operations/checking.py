"""Asking parts of the server how they are, without waiting for one that hangs."""

import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from api.config.settings import ModelSettings
from api.config.web_search import WebSearchSettings
from api.db.connection import Database, DatabaseTrouble, connection
from api.db.migrate import pending
from api.errors import RaglanError, StartError
from api.execution import Execution
from api.fetching.engines.registry import open_engine
from api.services.operations import queries
from api.services.operations.records import PartState
from api.tasks.base import KINDS
from api.tasks.broker.base import Broker
from rag.engines.base import ChunkStore
from rag.errors import ChunkStoreFullError, RagError, StorageFullError
from rag.storage.base import ObjectStore

PATIENCE = 2.0
"""Seconds that all checks together may take."""

REACH_SECONDS = 1.0

DEFECT = "The check failed in an unexpected way; the log says how."

DISK_LOST = (
    "uploads are refused and parsing waits until there is room; what is there is found and read,"
    " and can be deleted"
)

INDEX_LOST = "parsing waits and chunks are not changed until there is room; what is there is found"

TROUBLE = (RaglanError, RagError, DatabaseTrouble, OSError)
"""What a part that does not answer raises."""


def always() -> bool:
    """Return true: the part is there whatever the settings."""
    return True


class Check:
    """Asks one part; `lost` is what goes on not without it, empty if nothing goes on without it.

    It asks in a thread of its own. One that hangs is waited for again by the next caller, so that
    there is never a second.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], object],
        lost: str = "",
        configured: Callable[[], bool] = always,
    ) -> None:
        """Initialize with the parts to ask."""
        self.name = name
        self.lost = lost
        self.configured = configured
        self._ask = ask
        self._thread: threading.Thread | None = None
        self._state = PartState(0.0, DEFECT)

    def begin(self) -> threading.Thread:
        """Start a check, unless one is under way."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            thread = threading.Thread(target=self._run, name=f"check-{self.name}", daemon=True)
            self._thread = thread
            thread.start()
        return thread

    def state(self, thread: threading.Thread, deadline: float) -> PartState:
        """Wait for one who asks, until a deadline; return what was found."""
        thread.join(max(0.0, deadline - time.monotonic()))
        found = self._state
        if thread.is_alive():
            found = PartState(PATIENCE * 1000, f"No answer within {PATIENCE:g} s.")
        return replace(found, lost=self.lost) if self.lost and found.error is not None else found

    def _run(self) -> None:
        begun = time.perf_counter()
        self._state = PartState(0.0, DEFECT)
        try:
            self._ask()
        except StorageFullError as error:
            # What is there can be read.
            self._state = PartState(elapsed(begun), str(error), DISK_LOST)
        except ChunkStoreFullError as error:
            self._state = PartState(elapsed(begun), str(error), INDEX_LOST)
        except TROUBLE as error:
            self._state = PartState(elapsed(begun), str(error))
        else:
            self._state = PartState(elapsed(begun))


def states_of(checks: Sequence[Check], names: Collection[str] = ()) -> Mapping[str, PartState]:
    """Check all configured parts, or those of them that are named, at the same time."""
    chosen = [check for check in checks if check.configured()]
    chosen = [check for check in chosen if not names or check.name in names]
    deadline = time.monotonic() + PATIENCE
    asking = [(check, check.begin()) for check in chosen]
    return {check.name: check.state(thread, deadline) for check, thread in asking}


def elapsed(begun: float) -> float:
    """Return the milliseconds since `begun`."""
    return round((time.perf_counter() - begun) * 1000, 1)


def reach(url: str) -> None:
    """Connect to the address of an endpoint; raises OSError."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    socket.create_connection((parts.hostname or "", port), timeout=REACH_SECONDS).close()


def ask_database(database: Database) -> None:
    """Query the database, to see that it answers."""
    with connection(database):
        queries.answer(database)


def ask_migrations(database: Database) -> None:
    """Refuse a database that is not at this version."""
    if waiting := pending(database):
        raise StartError(f"{len(waiting)} migrations are waiting: run `raglan migrate`.")


def server_checks(
    database: Database,
    chunk_store: ChunkStore,
    storage: ObjectStore,
    execution: Execution,
) -> list[Check]:
    """Return the checks of the parts without which nothing goes on."""
    return [
        Check("database", lambda: ask_database(database)),
        Check("migrations", lambda: ask_migrations(database)),
        Check("chunk_store", lambda: execution.offload(chunk_store.ping)),
        Check("storage", lambda: execution.files(storage.ping)),
    ]


def disk_check(ask: Callable[[], object]) -> Check:
    """Return the check of the disks; `ask` raises RaglanError where one is full."""
    return Check("disk", ask, DISK_LOST)


def redis_check(ping: Callable[[], object] | None) -> list[Check]:
    """Return the check of Redis, if one is configured; `ping` raises RaglanError if it is away."""
    if ping is None:
        return []
    lost = (
        "nobody runs the background jobs until it is back: progress stands still, and the tasks"
        " of workers that die are not given to others"
    )
    return [Check("redis", ping, lost)]


def broker_check(broker: Broker) -> Check:
    """Return the check of the broker of tasks; it raises RaglanError if that is away."""
    lost = "tasks wait until it is back, and begin then"
    return Check("broker", lambda: broker.waiting(KINDS[0]), lost, lambda: broker.is_there)


def nacos_check(ask: Callable[[], object], configured: Callable[[], bool]) -> Check:
    """Return the check of a registration; `ask` raises RaglanError if there is none."""
    return Check("nacos", ask, "consumers that look there do not find this server", configured)


def workers_check(ask: Callable[[], object], expected: int) -> Check:
    """Return the check of this host's ingest workers; it raises RaglanError if one is gone."""
    lost = "documents wait longer, or until ingest workers are back"
    return Check("workers", ask, lost, lambda: expected > 0)


def endpoint_checks(settings: Callable[[], ModelSettings]) -> list[Check]:
    """Return the checks of the endpoints that the settings in force name."""
    return [
        Check(
            "embedding_endpoint",
            lambda: reach(settings().embedding_base_url),
            "datasets that embed with its model can neither be searched nor take in documents",
            lambda: bool(settings().embedding_base_url),
        ),
        Check(
            "chat_endpoint",
            lambda: reach(settings().chat_base_url),
            "assistants that talk with its model do not answer",
            lambda: bool(settings().chat_base_url),
        ),
        Check(
            "rerank_endpoint",
            lambda: reach(settings().rerank_base_url),
            "what asks for its model is refused; searches without a rerank model go on",
            lambda: bool(settings().rerank_base_url),
        ),
    ]


def engine_check(settings: Callable[[], WebSearchSettings]) -> Check:
    """Return the check of the search engine that the settings in force name."""
    return Check(
        "search_engine",
        lambda: reach(open_engine(settings()).address),
        "answers are made without the web, and say so",
        lambda: settings().is_on,
    )
