"""Signs of life in streams: a model may think for minutes, and clients give up that hear nothing.

Node's fetch, for one, ends an answer after 300 s without a byte.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import gevent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PARTS = 10
"""Into so many parts the time between two signs is divided: a sign comes at most a part late."""


class Signing(Protocol):
    """A stream that may need a sign."""

    def silence(self, now: float) -> float:
        """Return for how many seconds nothing was sent; 0 while something is being sent."""
        ...

    def sign(self, now: float) -> None:
        """Send a sign."""
        ...


class Signs:
    """One greenlet that looks after all streams of a process while there are any."""

    def __init__(self, streams: Callable[[], Iterable[Signing]], interval: float = 10.0) -> None:
        """Begin with nothing to do; `streams` returns those that are open."""
        self.streams = streams
        self.interval = interval
        self._greenlet: gevent.Greenlet | None = None

    def look_after(self) -> None:
        """Start the upkeep of streams."""
        if self._greenlet is None or self._greenlet.dead:
            self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        while streams := list(self.streams()):
            now = time.monotonic()
            for stream in streams:
                if stream.silence(now) >= self.interval:
                    stream.sign(now)
            gevent.sleep(self.interval / PARTS)


def send_between(environ: "WSGIEnvironment", sign: bytes) -> None:
    """Send a few bytes of a body while nobody else writes to the connection, all or none.

    A client that reads nothing gets none. One that takes a part of them, as its window is full to
    the last bytes, is cut off: what follows could not be told from the rest. Without gunicorn's
    socket nothing is sent.
    """
    connection: socket.socket | None = environ.get("gunicorn.socket")
    if connection is None:
        return
    framed = sign
    if environ.get("SERVER_PROTOCOL") == "HTTP/1.1":  # the body comes in chunks then
        framed = b"%x\r\n%s\r\n" % (len(sign), sign)
    with suppress(OSError):  # what is wrong with the connection its own greenlet finds out
        # The socket's own `send` might wait, and its stream would write meanwhile.
        if os.write(connection.fileno(), framed) < len(framed):
            connection.shutdown(socket.SHUT_RDWR)
