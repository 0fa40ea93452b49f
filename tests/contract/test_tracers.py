"""What every tracer offers, whatever its agent does: the work goes on."""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import NoReturn

import pytest

from api.db.connection import open_database
from api.errors import StartError
from api.logs import trace_id
from api.observability.tracing.base import Tracer
from api.observability.tracing.guarded import GuardedTracer
from api.observability.tracing.null import NullTracer
from api.observability.tracing.otlp import Agent, agent_for
from api.observability.tracing.registry import open_tracer
from tests.running import free_port


class BrokenError(Exception):
    """What an agent raises that does not work."""


class BrokenAgent:
    """An agent of which nothing works once it is started."""

    def begin(self, _operation: str, _carrier: str, _tags: Mapping[str, object]) -> NoReturn:
        raise BrokenError

    def end(self, _span: object, _tags: Mapping[str, object], *, failed: bool) -> NoReturn:
        raise BrokenError(failed)

    def carrier(self, _operation: str) -> NoReturn:
        raise BrokenError

    def later(self, _operation: str) -> NoReturn:
        raise BrokenError

    def stop(self, _seconds: float) -> NoReturn:
        raise BrokenError


class BreakingAgent(BrokenAgent):
    """An agent that fails with what was begun."""

    def begin(self, operation: str, _carrier: str, _tags: Mapping[str, object]) -> str:  # type: ignore[override]  # one that fails later
        return operation

    def later(self, operation: str) -> Callable[[], str]:  # type: ignore[override]  # as above
        return lambda: operation


def refuse(_process: str, _database: object) -> NoReturn:
    """Start no agent."""
    raise BrokenError


def nobody_there(process: str) -> Agent:
    """Start OpenTelemetry's SDK for an address where nobody is."""
    return agent_for(f"http://127.0.0.1:{free_port()}", "raglan", process)


TRACERS: dict[str, Callable[[], Tracer]] = {
    "null": NullTracer,
    "not started": lambda: GuardedTracer(refuse),
    "broken": lambda: GuardedTracer(lambda _process, _database: BrokenAgent()),
    "otlp, nobody there": lambda: GuardedTracer(lambda process, _: nobody_there(process)),
    "breaking": lambda: GuardedTracer(lambda _process, _database: BreakingAgent()),
}


@pytest.fixture(params=list(TRACERS))
def tracer(request: pytest.FixtureRequest) -> Iterator[Tracer]:
    made = TRACERS[request.param]()
    made.start("test", open_database("sqlite:///:memory:", 1, 1))
    yield made
    made.stop()


def test_what_is_asked_for_is_done(tracer: Tracer) -> None:
    done = []
    with tracer.entry("work"):
        done.append("once")
    assert done == ["once"]


def test_an_error_of_the_work_is_the_caller_s(tracer: Tracer) -> None:
    with pytest.raises(LookupError), tracer.entry("work"):
        raise LookupError


def test_spans_may_be_begun_and_ended(tracer: Tracer) -> None:
    span = tracer.begin("work", "", http_method="GET")
    tracer.end(span, failed=True, http_status_code=500)


def test_a_trace_that_cannot_be_carried_on_is_named_by_nothing(tracer: Tracer) -> None:
    assert tracer.carrier("queue") == ""


def test_log_lines_name_the_trace_and_none_afterwards(tracer: Tracer) -> None:
    with tracer.entry("work"):
        inside = trace_id.get()
        carried = tracer.carrier("queue")
    assert trace_id.get() == ""
    assert bool(inside) == bool(carried)
    assert inside in carried


def test_what_is_iterated_over_later_is_whole(tracer: Tracer) -> None:
    assert list(tracer.continued("stream", iter("abc"))) == ["a", "b", "c"]


def test_what_is_iterated_over_is_closed_with_its_trace(tracer: Tracer) -> None:
    closed = []

    def items() -> Generator[int]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    traced = tracer.continued("stream", items())
    assert next(traced) == 1
    traced.close()  # type: ignore[attr-defined]  # as what was handed in has it
    assert closed == [True]


def test_it_may_be_stopped_twice(tracer: Tracer) -> None:
    tracer.stop()
    assert not tracer.is_on


def test_without_a_collector_nothing_is_traced() -> None:
    assert isinstance(open_tracer(""), NullTracer)
    assert not open_tracer("127.0.0.1:11800").is_on
    assert not open_tracer("", "http://127.0.0.1:4318").is_on


def test_traces_go_to_one_place() -> None:
    with pytest.raises(StartError, match="SW_AGENT_COLLECTOR_BACKEND_SERVICES"):
        open_tracer("127.0.0.1:11800", "http://127.0.0.1:4318")
