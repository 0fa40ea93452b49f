"""Turns of the event loop, which does all that has arrived before it looks for more.

gevent looks at the clock after each fifty greenlets that it has woken, however long each took.
"""

import time
from collections import deque
from contextlib import suppress
from functools import lru_cache
from typing import Any

from gevent import get_hub
from gevent.hub import Waiter

LONGEST = 0.005
"""Seconds of a turn after which who gives way waits for a later one."""


class Turns:
    """Since when the turn of an event loop goes on, and who waits for a later one."""

    def __init__(self, hub: Any) -> None:
        """Begin to note when turns begin."""
        self._hub = hub
        self._line: deque[Any] = deque()
        self._begun = time.perf_counter()
        self._looking = hub.loop.check(ref=False)
        self._looking.start(self._begin)
        self._next = hub.loop.timer(0.0)

    def _begin(self) -> None:
        """Note that the loop has looked for what has come."""
        self._begun = time.perf_counter()

    def is_long(self) -> bool:
        """Return whether this turn has taken long already."""
        return time.perf_counter() - self._begun > LONGEST

    def wait(self) -> None:
        """Wait for a turn that has time left; who waits longer goes first."""
        waiter = Waiter(self._hub)
        self._line.append(waiter)
        self._serve_soon()
        try:
            waiter.get()
        except BaseException:  # it is ended meanwhile
            with suppress(ValueError):
                self._line.remove(waiter)
            raise

    def _serve_soon(self) -> None:
        if self._line and not self._next.active:
            self._next.start(self._serve, update=False)

    def _serve(self) -> None:
        """Let those go on who wait, one at least, as long as the turn is not long."""
        self._next.stop()
        while self._line:
            self._line.popleft().switch(None)
            if self.is_long():
                break
        self._serve_soon()


@lru_cache(maxsize=8)
def turns_of(hub: Any) -> Turns:
    """Return the turns of an event loop; each thread that has one has its own."""
    return Turns(hub)


def give_way() -> None:
    """Let others go first, and what has come meanwhile, where this turn has taken long already.

    Of 200 requests that arrive at once the last would else keep everybody else waiting for all of
    them; and fifty answers that are kept at once, each for the time that the disk takes.
    """
    turns = turns_of(get_hub())
    if turns.is_long():
        turns.wait()
