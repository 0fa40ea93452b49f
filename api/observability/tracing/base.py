"""Tracing, for services and pages: nothing where no collector is set, SkyWalking's agent else.

Whatever fails in here is logged and swallowed: a trace is never worth a request.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from peewee import Database

T = TypeVar("T")

log = logging.getLogger(__name__)

HEADER = "sw8"
"""In which requests say to which trace they belong."""

STOP_SECONDS = 1.0
"""What the last spans get to leave the process."""


def harmless(call: Callable[[], T]) -> T | None:
    """Return what a call returns, or None if it fails."""
    try:
        return call()
    except Exception:
        # The agent is a guest here, and no fault of its own may reach a request or the start.
        log.warning("Tracing failed, and the work goes on without it.", exc_info=True)
        return None


class Tracer:
    """What traces are made with; it does nothing until it is started, nor without a collector."""

    def __init__(self, collector: str) -> None:
        """Remember the collector's address, `host:port`; nothing is imported."""
        self.collector = collector
        self._agent: Any = None

    @property
    def is_on(self) -> bool:
        """Tell whether anything is traced."""
        return self._agent is not None

    def start(self, process: str, database: Database) -> None:
        """Start the agent in this process, which does not fork any more, and watch a database.

        `process` is what the process calls itself.
        """
        if self.collector and self._agent is None:
            # By name: where nothing is traced, nothing of it is imported.
            self._agent = harmless(
                lambda: import_module("api.observability.tracing.skywalking").start(
                    self.collector, process, database
                )
            )

    def stop(self) -> None:
        """Send what was not sent yet, as far as that takes no time."""
        agent, self._agent = self._agent, None
        if agent is not None:
            harmless(lambda: agent.stop(STOP_SECONDS))

    def begin(self, operation: str, carrier: str = "", **tags: object) -> object:
        """Begin an entry span, in the trace that `carrier` names; return it for `end`."""
        if self._agent is None:
            return None
        return harmless(lambda: self._agent.begin(operation, carrier, tags))

    def end(self, span: object, *, failed: bool = False, **tags: object) -> None:
        """End a span that was begun in this greenlet or thread."""
        if span is not None and self._agent is not None:
            harmless(lambda: self._agent.end(span, failed, tags))

    @contextmanager
    def entry(self, operation: str, carrier: str = "") -> Iterator[None]:
        """Trace a `with` block as what a process was asked to do."""
        span = self.begin(operation, carrier)
        failed = True
        try:
            yield
            failed = False
        finally:
            self.end(span, failed=failed)

    def carrier(self, operation: str) -> str:
        """Return what continues this trace elsewhere later; empty if there is none."""
        if self._agent is None:
            return ""
        return harmless(lambda: str(self._agent.carrier(operation))) or ""

    def continued(self, operation: str, items: Iterator[T]) -> Iterator[T]:
        """Trace what is iterated over after this request as a part of it."""
        if self._agent is None:
            return items
        return harmless(lambda: Continued(items, self._agent, operation)) or items


class Continued(Iterator[T]):
    """An iterator whose items are made within a span; closing it closes what it goes over."""

    def __init__(self, items: Iterator[T], agent: Any, operation: str) -> None:
        """Remember what the span belongs to."""
        self._items = items
        self._agent = agent
        self._begin: Callable[[], object] | None = agent.later(operation)
        self._span: object = None

    def __next__(self) -> T:
        """Return the next item; the span begins with the first."""
        if self._begin is not None:
            begin, self._begin = self._begin, None
            self._span = harmless(begin)
        try:
            return next(self._items)
        except BaseException as error:
            self._end(failed=not isinstance(error, StopIteration))
            raise

    def close(self) -> None:
        """End the span and what is iterated over."""
        self._end(failed=False)
        close = getattr(self._items, "close", None)
        if close is not None:
            close()

    def _end(self, *, failed: bool) -> None:
        span, self._span = self._span, None
        if span is not None:
            harmless(lambda: self._agent.end(span, failed, {}))
