"""Connections that nobody uses just now."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, TypeVar

Connection = TypeVar("Connection")

_MOST_IDLE = 8


class Idle(Generic[Connection]):
    """Keeps connections between two callers; there are as many as there are callers at once.

    A lock would not do instead: callers come from native threads beside an event loop. A forked
    child leaves those of its parent alone.
    """

    def __init__(self) -> None:
        """Start without connections."""
        self._process = os.getpid()
        self._kept: deque[Connection] = deque()
        self._inherited: list[deque[Connection]] = []

    def take(self) -> Connection | None:
        """Return a connection of this process, or None."""
        if self._process != os.getpid():
            # Closing them here would give up locks that the parent relies on.
            self._inherited.append(self._kept)
            self._kept, self._process = deque(), os.getpid()
        with suppress(IndexError):
            return self._kept.pop()
        return None

    def keep(self, connection: Connection) -> bool:
        """Keep a connection for the next caller, unless there are enough; return whether it is."""
        if len(self._kept) >= _MOST_IDLE:
            return False
        self._kept.append(connection)
        return True

    def drained(self) -> Iterator[Connection]:
        """Yield all connections of this process, which are no longer kept."""
        while (connection := self.take()) is not None:
            yield connection
