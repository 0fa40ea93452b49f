"""The tracer of a process that no collector is set for."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from api.db.connection import Database
from api.observability.tracing.base import Tracer

T = TypeVar("T")


class NullTracer:
    """Traces nothing; see `api.observability.tracing.base`."""

    is_on = False
    header = ""

    def start(self, process: str, database: Database) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    def begin(self, operation: str, carrier: str = "", /, **tags: object) -> object:
        """Return no span."""

    def end(self, span: object, *, failed: bool = False, **tags: object) -> None:
        """Do nothing."""

    def entry(self, _operation: str, _carrier: str = "", /) -> AbstractContextManager[None]:
        """Run a `with` block."""
        return nullcontext()

    def carrier(self, _operation: str, /) -> str:
        """Return that there is no trace."""
        return ""

    def continued(self, _operation: str, items: Iterator[T], /) -> Iterator[T]:
        """Return the items."""
        return items


UNTRACED: Tracer = NullTracer()
