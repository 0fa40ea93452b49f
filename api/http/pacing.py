"""Doing something from time to time while what it is about grows."""

import threading
from collections.abc import Callable

import gevent

from api.http.turns import give_way

EVERY = 0.5
"""Seconds between two times that a growing answer is kept, for who opens the chat meanwhile."""


class Paced:
    """Calls something a moment after it was asked for, once for all that asked meanwhile.

    So what has come before a pause is kept in it. No two calls run at once.
    """

    def __init__(self, call: Callable[[], None], every: float = EVERY) -> None:
        """Initialize with what is called, which raises nothing, and after how many seconds."""
        self._call = call
        self._every = every
        self._lock = threading.Lock()
        self._is_due = False

    def ask(self) -> None:
        """Have it called soon."""
        if not self._is_due:
            self._is_due = True
            gevent.spawn_later(self._every, self._run)

    def alone(self) -> threading.Lock:
        """Return what keeps it from being called for a `with` block."""
        return self._lock

    def _run(self) -> None:
        self._is_due = False
        give_way()
        with self._lock:
            self._call()
