"""How a process runs what would block it: one value, chosen where the process begins."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from rag.storage.base import ObjectStore
from rag.types import Offload, run_inline

T = TypeVar("T")


class Beside(Protocol):
    """Starts a call that goes on while the caller waits for something else."""

    def __call__(self, function: Callable[..., T], /, *args: object) -> Callable[[], T]:
        """Return what waits for the end of `function(*args)` and returns or raises the same."""
        ...


def at_once(function: Callable[..., T], /, *args: object) -> Callable[[], T]:
    """Run `function(*args)` to its end: the `Beside` of a process without an event loop."""
    result = function(*args)
    return lambda: result


@dataclass(frozen=True, slots=True)
class Execution:
    """Where blocking work runs, by its kind; as it stands, everything runs in the caller."""

    offload: Offload = run_inline
    """Short native calls, such as a search in the chunk store."""

    hashing: Offload = run_inline
    """Password hashes, which take 25 ms and 12 MiB each."""

    files: Offload = run_inline
    """Calls of the object store."""

    beside: Beside = at_once
    """What goes on while something else is waited for, such as a question to another model."""

    later: Beside = at_once
    """What has time until something else is there, such as storing a question until its answer."""

    def with_store(self, storage: ObjectStore) -> "Execution":
        """Return this for an object store: one that leaves an event loop free needs no thread."""
        return replace(self, files=run_inline if storage.cooperative else self.offload)


INLINE = Execution()
"""That of a process without an event loop: workers, the command line, tests."""
