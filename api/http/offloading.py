"""Calls that go on beside their caller: native ones on threads, others in greenlets."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

import gevent
from gevent import Greenlet, get_hub
from gevent.threadpool import ThreadPool

T = TypeVar("T")

LULL = 0.05
"""Seconds that what somebody waits for has for itself, before what nobody waits for yet begins."""


class HubOffload:
    """An Offload for a process with an event loop: at most `threads` calls at once."""

    def __init__(self, threads: int) -> None:
        """Make the pool; its threads are started when they are needed."""
        self.pool = ThreadPool(threads)

    def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        """Run `function(*args)` on a thread; the calling greenlet waits for what comes of it."""
        settled: Future[T] = self.pool.apply(settle, (function, args))
        return settled.result()


def in_greenlet(function: Callable[..., T], /, *args: object) -> Callable[[], T]:
    """Start `function(*args)` in a greenlet; return what waits for it and gives what it gives.

    It runs once the caller waits for something, after all that was ready to run before.
    """
    greenlet = gevent.spawn(settle, function, args)
    return lambda: greenlet.get().result()


class Later(Generic[T]):
    """A call that begins after `LULL` seconds, or when its end is waited for, if that is earlier.

    It runs in a greenlet: where its caller is ended, it goes on.
    """

    def __init__(self, function: Callable[..., T], /, *args: object) -> None:
        """Begin to wait."""
        self._greenlet = Greenlet(settle, function, args)
        self._timer = get_hub().loop.timer(LULL)
        self._timer.start(self._begin)

    def _begin(self) -> None:
        self._timer.close()
        self._greenlet.start()  # without effect where it has been

    def __call__(self) -> T:
        """Wait for the end, and return or raise what comes of the call."""
        self._begin()
        settled: Future[T] = self._greenlet.get()
        return settled.result()


def settle(function: Callable[..., T], args: tuple[object, ...]) -> "Future[T]":
    """Return what a call comes to, an error too: gevent would print what is raised there."""
    future: Future[T] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:  # noqa: BLE001 - every error is raised again in the caller
        future.set_exception(error)
    return future
