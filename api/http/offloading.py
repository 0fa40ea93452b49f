"""Calls that go on beside their caller: native ones on threads, others in greenlets."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import gevent
from gevent.threadpool import ThreadPool

T = TypeVar("T")


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


def settle(function: Callable[..., T], args: tuple[object, ...]) -> "Future[T]":
    """Return what a call comes to, an error too: gevent would print what is raised there."""
    future: Future[T] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:  # noqa: BLE001 - every error is raised again in the caller
        future.set_exception(error)
    return future
