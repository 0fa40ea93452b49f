"""A pool of connections that costs little where one is idle."""

import time
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from playhouse.pool import PoolConnection


class QuickPool:
    """Stands before a pool of peewee's, and lends idle connections out without a lock.

    Each step is one that no other thread or greenlet can be within. To connect, to wait for a place
    and to tell those who wait is left to peewee, which has locks for it.
    """

    _state: Any
    _in_use: dict[int, PoolConnection]
    _connections: list[Any]
    _max_connections: int
    _is_stale: Callable[[float], bool]
    _is_closed: Callable[[Any], bool]
    _can_reuse: Callable[[Any], bool]
    _close_raw: Callable[[Any], None]

    def connect(self, reuse_if_open: bool = False) -> bool:  # noqa: FBT001, FBT002 - peewee's
        """Open a connection for this thread."""
        base: Any = super()
        if base.is_closed() and self._connections:
            conn = self._idle()
            if conn is not None:
                self._state.set_connection(conn)
                return True
        connected: bool = base.connect(reuse_if_open)
        return connected

    def close(self) -> bool:
        """Return the connection of this thread to the pool."""
        base: Any = super()
        state = self._state
        lent = None if state.transactions else self._in_use.get(id(state.conn))
        nobody_waits = len(self._in_use) < self._max_connections
        if lent and nobody_waits and not self._is_stale(lent.timestamp):
            conn = lent.connection
            if self._can_reuse(conn):
                del self._in_use[id(conn)]
                heappush(self._connections, (lent.timestamp, id(conn), conn))
                state.reset()
                return True
        closed: bool = base.close()
        return closed

    def _idle(self) -> Any:
        """Return an idle connection that is as good as new, now in use; None if there is none."""
        try:
            made, _, conn = heappop(self._connections)
        except IndexError:  # another thread has just taken it
            return None
        if self._is_closed(conn) or self._is_stale(made):
            self._close_raw(conn)
            return None
        self._in_use[id(conn)] = PoolConnection(made, conn, time.time())
        return conn
