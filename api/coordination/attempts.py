"""How often something was tried lately: counted by key, each count for the time of its window."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from api.errors import UnavailableError

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_KEYS = 20_000
"""That a process remembers; the oldest are forgotten beyond them. Each takes some 300 bytes."""

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

    def forget(self, key: str) -> None:
        """Begin again with nothing."""


class MemoryAttempts:
    """Counts of this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none."""
        self._clock = clock
        self._counts: dict[str, tuple[int, float]] = {}

    def count(self, key: str) -> Count:
        """Return the count of a key."""
        number, end = self._counts.get(key, (0, 0.0))
        left = end - self._clock()
        return Count(number, left) if left > 0 else Count()

    def add(self, key: str, window: float) -> int:
        """Count one more."""
        before = self.count(key)
        left = before.left if before.number else window
        self._counts[key] = (before.number + 1, self._clock() + left)
        if len(self._counts) > MOST_KEYS:
            del self._counts[next(iter(self._counts))]
        return before.number + 1

    def forget(self, key: str) -> None:
        """Begin again with nothing."""
        self._counts.pop(key, None)


class SharedAttempts:
    """Counts that processes share, and those of this one while their place does not answer."""

    def __init__(
        self, shared: Attempts, own: Attempts, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Remember both."""
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

    def forget(self, key: str) -> None:
        """Begin again with nothing."""
        self._at_either(lambda place: place.forget(key))

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
