"""Noticing that a client went away while a greenlet waits for something else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gevent
from gevent import get_hub, getcurrent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@contextmanager
def ended_with_client(environ: "WSGIEnvironment") -> Iterator[None]:
    """End this greenlet when the client closes the connection within the `with` block.

    The end is a GreenletExit at the point where the greenlet waits, so that what it holds is
    released in order: an upstream call is closed before it has said a word. A client that only
    stops sending counts as gone. Without gunicorn's socket nothing is watched.
    """
    connection: socket.socket | None = environ.get("gunicorn.socket")
    if connection is None:
        yield
        return
    greenlet = getcurrent()
    # One watcher in the event loop and no greenlet of its own: a thousand streams wait at once.
    watcher: Any = get_hub().loop.io(connection.fileno(), 1)

    def readable() -> None:
        watcher.stop()  # what a client sends ahead is not ours to read, nor a reason to end
        if is_closed(connection):
            gevent.kill(greenlet)

    watcher.start(readable)
    try:
        yield
    finally:
        watcher.stop()
        watcher.close()


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side of a readable connection has closed it."""
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
