"""Short native calls on threads of their own, while the event loop goes on."""

from collections.abc import Callable
from typing import TypeVar

from gevent.threadpool import ThreadPoolExecutor

T = TypeVar("T")


class HubOffload:
    """An Offload for a process with an event loop: at most `threads` calls at once."""

    def __init__(self, threads: int) -> None:
        """Make the pool; its threads are started when they are needed."""
        self.executor = ThreadPoolExecutor(threads)

    def __call__(self, function: Callable[..., T], /, *args: object) -> T:
        """Run `function(*args)` on a thread; the calling greenlet waits for what comes of it."""
        result: T = self.executor.submit(function, *args).result()
        return result
