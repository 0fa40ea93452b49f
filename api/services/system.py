"""What the server says about itself: version, health, and what each part is."""

import time
from collections.abc import Callable
from functools import cached_property
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from peewee import Database, PeeweeException
from redis.exceptions import RedisError

from api.db.connection import connection
from api.db.migrate import pending
from api.errors import RaglanError, StartError
from api.settings import Settings
from rag.engines.base import ChunkStore
from rag.errors import RagError
from rag.storage.base import ObjectStore
from rag.types import Offload

TROUBLE = (RaglanError, RagError, PeeweeException, RedisError, OSError)
"""What a part that does not answer raises."""


class SystemService:
    """Asks the parts how they are."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        chunk_store: ChunkStore,
        storage: ObjectStore,
        offload: Offload,
        ping_redis: Callable[[], object] | None = None,
    ) -> None:
        """Remember the parts; native calls go through `offload`; Redis only if it is configured."""
        self.settings = settings
        self.database = database
        self.chunk_store = chunk_store
        self.storage = storage
        self.offload = offload
        self.ping_redis = ping_redis

    @cached_property
    def version(self) -> str:
        """Return the version of the server, as `v1.2.3`."""
        return f"v{version('raglan')}"

    def parts(self) -> dict[str, dict[str, Any]]:
        """Ask every part that is configured: its status, milliseconds taken, and what is wrong."""
        checks: dict[str, Callable[[], object]] = {
            "database": self.check_database,
            "migrations": self.check_migrations,
            "chunk_store": lambda: self.offload(self.chunk_store.ping),
            "storage": lambda: self.offload(self.storage.ping),
        }
        if self.ping_redis is not None:
            checks["redis"] = self.ping_redis
        return {name: outcome(check) for name, check in checks.items()}

    def health(self) -> dict[str, Any]:
        """Return the contract's health: `ok` or `nok` for each part and for the whole."""
        parts = self.parts()
        named = {
            "db": parts["database"],
            "redis": parts.get("redis", {"status": "ok"}),
            "doc_engine": parts["chunk_store"],
            "storage": parts["storage"],
        }
        words = {name: "ok" if part["status"] == "ok" else "nok" for name, part in named.items()}
        wrong = {name: {"error": part["error"]} for name, part in named.items() if "error" in part}
        return {
            **words,
            "status": "nok" if wrong else "ok",
            **({"_meta": wrong} if wrong else {}),
        }

    def status(self) -> dict[str, Any]:
        """Return what the console's system page shows."""
        parts = self.parts()
        kinds = {
            "database": ("database", "database", self.settings.database_url),
            "doc_engine": ("chunk_store", "type", self.settings.chunk_store_url),
            "storage": ("storage", "storage", self.settings.storage_url),
            "redis": ("redis", "type", self.settings.redis.url.get_secret_value()),
        }
        shown: dict[str, Any] = {
            name: {key: urlsplit(url).scheme, **colours(parts.get(part, {"status": "unused"}))}
            for name, (part, key, url) in kinds.items()
        }
        return {**shown, "task_executor_heartbeats": {}}

    def check_database(self) -> None:
        """Ask the database something."""
        with connection(self.database):
            self.database.execute_sql("SELECT 1")  # type: ignore[no-untyped-call]

    def check_migrations(self) -> None:
        """Refuse a database that is not at this version."""
        waiting = pending(self.database)
        if waiting:
            raise StartError(f"{len(waiting)} migrations are waiting: run `raglan migrate`.")


def outcome(check: Callable[[], object]) -> dict[str, Any]:
    """Run a check and return how it went."""
    begun = time.perf_counter()
    try:
        check()
    except TROUBLE as error:
        return {"status": "error", "elapsed_ms": elapsed(begun), "error": str(error)}
    return {"status": "ok", "elapsed_ms": elapsed(begun)}


def elapsed(begun: float) -> float:
    """Return the milliseconds since `begun`."""
    return round((time.perf_counter() - begun) * 1000, 1)


def colours(part: dict[str, Any]) -> dict[str, Any]:
    """Return a part's outcome in the console's words."""
    words = {"ok": "green", "error": "red"}
    return {
        "status": words.get(part["status"], part["status"]),
        "elapsed": str(part.get("elapsed_ms", 0)),
        **({"error": part["error"]} if "error" in part else {}),
    }
