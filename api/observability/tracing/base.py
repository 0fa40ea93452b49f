"""What work is traced with, in the services and at the doors: where it began and what it asked."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from api.db.connection import Database

T = TypeVar("T")


class Tracer(Protocol):
    """Traces the work of this process; nothing that it does raises an error."""

    @property
    def is_on(self) -> bool:
        """Return whether anything is traced."""
        ...

    @property
    def header(self) -> str:
        """Return in which header requests say to which trace they belong."""
        ...

    def start(self, process: str, database: Database) -> None:
        """Begin in this process, which does not fork any more, and watch a database.

        `process` is what the process calls itself.
        """
        ...

    def stop(self) -> None:
        """Send what was not sent yet, as far as that takes no time."""
        ...

    def begin(self, operation: str, carrier: str = "", /, **tags: object) -> object:
        """Begin an entry span, in the trace that `carrier` names; return it for `end`."""
        ...

    def end(self, span: object, *, failed: bool = False, **tags: object) -> None:
        """End a span that was begun in this greenlet or thread."""
        ...

    def entry(self, operation: str, carrier: str = "", /) -> AbstractContextManager[None]:
        """Trace a `with` block as what a process was asked to do."""
        ...

    def carrier(self, operation: str, /) -> str:
        """Return what continues this trace elsewhere later; empty if there is none."""
        ...

    def continued(self, operation: str, items: Iterator[T], /) -> Iterator[T]:
        """Trace what is iterated over after this request as a part of it."""
        ...
