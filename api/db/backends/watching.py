"""Connections to databases that notice when nothing is heard of the other side any more.

A dead firewall between the two neither ends a connection nor refuses what is sent on it, and one
that acknowledges it all keeps the kernel from noticing. So whoever waits for an answer asks, over
a connection of its own, whether the server is still at work on it: a long statement goes on, and
a connection that is dead is given up.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from playhouse.pool import PooledDatabase

SOON = 10.0
"""Seconds within which a server answers what it has not to work for."""

AtWork = Callable[[int], bool]
"""Tells whether the server is at work on what the connection of this number at it has asked."""


def nobody_works(_number: int) -> bool:
    """Report that the server is not at work, where nobody can be asked."""
    return False


def silent_for(seconds: float) -> str:
    """Return what is said of a connection that is given up."""
    return f"nothing was heard of the database for {seconds:g} s, and it is not at work either"


class WatchingPool(PooledDatabase):
    """A pool that draws its conclusions from one connection for the others.

    Whoever connects does so alone: peewee has a lock for that. So those who waited meanwhile fail
    together with the one who tried in vain; and when one connection is dead, those that rest are.
    """

    failures: tuple[type[Exception], ...] = ()
    """What the driver raises where it cannot connect."""

    _failure: tuple[float, Exception] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Accept the arguments of the pool."""
        self._asked = threading.local()
        base: Any = super()
        base.__init__(*arguments, **options)

    def connect(self, reuse_if_open: bool = False) -> bool:  # noqa: FBT001, FBT002 - peewee's
        """Open a connection for this thread."""
        self._asked.at = time.monotonic()
        base: Any = super()
        connected: bool = base.connect(reuse_if_open)
        return connected

    def _is_at_work(self, number: int) -> bool:
        base: Any = super()
        if base._is_at_work(number):  # noqa: SLF001 - what each database has of its own
            return True
        self.close_idle()
        return False

    def _connect(self) -> Any:
        if self._failure and self._failure[0] > self._asked.at and not self._connections:
            raise type(self._failure[1])(*self._failure[1].args)
        try:
            return super()._connect()
        except self.failures as error:
            self._failure = (time.monotonic(), error)
            raise
