"""Places where leases are kept, and what tests do with leases."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from api.errors import UnavailableError
from api.leases.base import LeaseLock
from api.leases.database import DatabaseLease
from api.leases.memory import MemoryLease
from api.leases.redis import RedisLease
from api.redis_clients import redis_client
from tests.databases import opened

T = TypeVar("T")

LONG = 60.0
SHORT = 0.15
PATIENCE = 60
"""Seconds."""


@dataclass(frozen=True)
class Place:
    """A place for leases: `make` opens one by name, as another process would; `url` names it."""

    make: Callable[[str], LeaseLock]
    url: str = ""


@contextmanager
def redis_place(url: str, timeout: float = 10) -> Iterator[Place]:
    """Yield leases in Redis; the connections are closed afterwards."""
    with ExitStack() as stack:

        def connect() -> Any:
            return stack.enter_context(closing(redis_client(url, timeout)()))

        yield Place(lambda name: RedisLease(connect, name), url)


@contextmanager
def database_place(url: str) -> Iterator[Place]:
    """Yield leases in a database."""
    with opened(url) as database:
        yield Place(lambda name: DatabaseLease(database, name), url)


@contextmanager
def memory_place() -> Iterator[Place]:
    """Yield leases in memory."""
    leases: dict[str, LeaseLock] = {}
    yield Place(lambda name: leases.setdefault(name, MemoryLease()))


def taken(lease: LeaseLock, owner: str, ttl: float = LONG) -> int:
    """Acquire a lease that is free."""
    fence = lease.acquire(owner, ttl)
    assert fence is not None
    return fence


def wait_until(condition: Callable[[], T | None]) -> T:
    """Return what a condition gives as soon as that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return found


def unless_unavailable(call: Callable[[], T | None]) -> T | None:
    """Return what a call does; None while the place of the lease does not answer."""
    with suppress(UnavailableError):
        return call()
    return None
