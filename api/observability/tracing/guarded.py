"""Tracing by an agent, whose faults stay here: a trace is never worth a request."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from api.db.connection import Database
from api.logs import trace_id

T = TypeVar("T")

log = logging.getLogger(__name__)

STOP_SECONDS = 1.0
"""What the last spans get to leave the process."""


class Agent(Protocol):
    """What sends spans to a collector; it may raise whatever it likes."""

    def begin(self, operation: str, carrier: str, tags: Mapping[str, object]) -> Any:
        """Begin an entry span; None if it is not recorded, and with it whatever is in it."""
        ...

    def end(self, span: Any, tags: Mapping[str, object], *, failed: bool) -> None:
        """End a span."""
        ...

    def identity(self, span: Any) -> str:
        """Return the id of the trace that a span is of."""
        ...

    def carrier(self, operation: str) -> str:
        """Return the header that continues this trace elsewhere; empty outside of one."""
        ...

    def later(self, operation: str) -> Callable[[], Any]:
        """Return what begins a span of this trace after its entry span has ended."""
        ...

    def stop(self, seconds: float) -> None:
        """Send what is left, for some time at most."""
        ...


def harmless(call: Callable[[], T]) -> T | None:
    """Return what a call returns, or None if it fails."""
    try:
        return call()
    except Exception:
        # The agent is a guest here, and no fault of its own may reach a request or the start.
        log.warning("Tracing failed, and the work goes on without it.", exc_info=True)
        return None


class GuardedTracer:
    """Traces with an agent, once that is started; see `api.observability.tracing.base`."""

    def __init__(self, start_agent: Callable[[str, Database], Agent], header: str = "sw8") -> None:
        """Initialize with the start of an agent; nothing of it is imported before."""
        self._start_agent = start_agent
        self.header = header
        self._agent: Agent | None = None

    @property
    def is_on(self) -> bool:
        """Return whether anything is traced."""
        return self._agent is not None

    def start(self, process: str, database: Database) -> None:
        """Start the agent in this process, which does not fork any more, and watch a database."""
        if self._agent is None:
            self._agent = harmless(lambda: self._start_agent(process, database))

    def stop(self) -> None:
        """Send what was not sent yet, as far as that takes no time."""
        agent, self._agent = self._agent, None
        if agent is not None:
            harmless(lambda: agent.stop(STOP_SECONDS))

    def begin(self, operation: str, carrier: str = "", /, **tags: object) -> object:
        """Begin an entry span, in the trace that `carrier` names; return it for `end`."""
        agent = self._agent
        if agent is None:
            return None
        span = harmless(lambda: agent.begin(operation, carrier, tags))
        identity = None if span is None else harmless(lambda: agent.identity(span))
        trace_id.set(identity or "")
        return span

    def end(self, span: object, *, failed: bool = False, **tags: object) -> None:
        """End a span that was begun in this greenlet or thread."""
        agent = self._agent
        if span is not None and agent is not None:
            harmless(lambda: agent.end(span, tags, failed=failed))

    @contextmanager
    def entry(self, operation: str, carrier: str = "", /) -> Iterator[None]:
        """Trace a `with` block as what a process was asked to do."""
        span = self.begin(operation, carrier)
        failed = True
        try:
            yield
            failed = False
        finally:
            self.end(span, failed=failed)
            trace_id.set("")

    def carrier(self, operation: str, /) -> str:
        """Return what continues this trace elsewhere later; empty if there is none."""
        agent = self._agent
        return (agent and harmless(lambda: agent.carrier(operation))) or ""

    def continued(self, operation: str, items: Iterator[T], /) -> Iterator[T]:
        """Trace what is iterated over after this request as a part of it."""
        agent = self._agent
        if agent is None:
            return items
        return harmless(lambda: Continued(items, agent, operation)) or items


class Continued(Iterator[T]):
    """An iterator whose items are made within a span; closing it closes what it goes over."""

    def __init__(self, items: Iterator[T], agent: Agent, operation: str) -> None:
        """Initialize with what the span belongs to."""
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
            harmless(lambda: self._agent.end(span, {}, failed=failed))
