"""Short native calls on threads of their own, while the event loop goes on."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

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


def settle(function: Callable[..., T], args: tuple[object, ...]) -> "Future[T]":
    """Return what a call comes to, an error too: gevent would print what is raised on a thread."""
    future: Future[T] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:  # noqa: BLE001 - every error is raised again in the caller
        future.set_exception(error)
    return future
