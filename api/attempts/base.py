"""How often something was tried lately: counted by key, each count for the time of its window."""

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar

from limits.storage import Storage

from api.errors import UnavailableError

T = TypeVar("T")

log = logging.getLogger(__name__)

REST = 30.0
"""Seconds for which a place that does not answer is not asked again."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often a key was counted, and in how many seconds that is forgotten."""

    number: int = 0
    left: float = 0.0


class Attempts(Protocol):
    """A place for counts. A window begins with the first event after the one before it."""

    def count(self, key: str) -> Count:
        """Return the count of a key; raises UnavailableError."""

    def add(self, key: str, window: float) -> int:
        """Count one more, in a window of so many seconds if it is the first; return the number."""

    def reset(self, key: str) -> None:
        """Begin again with nothing."""


class Counts:
    """Counts in a storage of the `limits` library, which is made with the first attempt."""

    def __init__(
        self,
        make_storage: Callable[[], Storage],
        errors: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Initialize with how to make the client; what that raises comes out of `errors`."""
        self._make_storage = make_storage
        self._errors = errors

    @cached_property
    def _storage(self) -> Storage:
        return self._make_storage()

    def count(self, key: str) -> Count:
        """Return the count of a key."""
        with self._errors():
            number = self._storage.get(key)
            left = self._storage.get_expiry(key) - time.time() if number else 0.0
        # Redis is asked for whole seconds, of which none may be left.
        return Count(number, max(left, 1.0)) if number else Count()

    def add(self, key: str, window: float) -> int:
        """Count one more, in a window of whole seconds."""
        with self._errors():
            return self._storage.incr(key, math.ceil(window))

    def reset(self, key: str) -> None:
        """Begin again with nothing."""
        with self._errors():
            self._storage.clear(key)


class SharedAttempts:
    """Counts that processes share, and those of this one while their place does not answer."""

    def __init__(
        self, shared: Attempts, own: Attempts, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Initialize with the shared counts, and those of this process."""
        self._shared = shared
        self._own = own
        self._clock = clock
        self._away_until: float | None = None

    def count(self, key: str) -> Count:
        """Return the count of a key."""
        return self._at_either(lambda place: place.count(key))

    def add(self, key: str, window: float) -> int:
        """Count one more."""
        return self._at_either(lambda place: place.add(key, window))

    def reset(self, key: str) -> None:
        """Begin again with nothing."""
        self._at_either(lambda place: place.reset(key))

    def _at_either(self, ask: Callable[[Attempts], T]) -> T:
        if self._away_until is None or self._clock() >= self._away_until:
            try:
                found = ask(self._shared)
            except UnavailableError as error:
                self._turn_away(error)
            else:
                self._turn_back()
                return found
        return ask(self._own)

    def _turn_away(self, error: UnavailableError) -> None:
        if self._away_until is None:
            log.warning("Each worker counts attempts to sign in for itself for now: %s", error)
        self._away_until = self._clock() + REST

    def _turn_back(self) -> None:
        if self._away_until is not None:
            log.info("Attempts to sign in are counted for all workers together again.")
            self._away_until = None
