"""OpenTelemetry: spans by its SDK, sent by OTLP over HTTP.

Importing this loads the SDK, whose threads must not be there when a process forks: it is imported
by workers, and only where an address is set. What the SDK reads of the environment (`OTEL_...`)
holds, but the address.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from requests import Response, Session
from urllib3 import BaseHTTPResponse

from api.db.connection import Database
from api.db.kinds import kind_of
from api.observability.tracing.watching import (
    Headers,
    Outgoing,
    around_commands,
    around_requests,
    around_statements,
)

HEADER = "traceparent"
"""The header of W3C's trace context."""

PATH = "/v1/traces"

MOST_WAITING = 2048
"""Spans that wait for a collector; further ones are dropped."""

SEND_SECONDS = 2.0
"""How long the collector may take for a batch: a span is not worth more."""

LONGEST_STATEMENT = 2000

NAMES = {
    "http_method": "http.request.method",
    "http_url": "url.full",
    "http_status_code": "http.response.status_code",
}
"""What OpenTelemetry calls our tags."""

PROPAGATOR = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class Open:
    """A span that has begun, and what takes it out of the context again."""

    span: Any
    token: Any


class Agent:
    """The SDK of this process; what it raises is for others to swallow."""

    def __init__(self, provider: TracerProvider) -> None:
        """Initialize with what makes and sends spans."""
        self.provider = provider
        self.tracer = provider.get_tracer("raglan")

    def begin(self, operation: str, carrier: str, tags: Mapping[str, object]) -> Open | None:
        """Begin an entry span; None if it is not recorded, and with it whatever is in it."""
        parent = PROPAGATOR.extract({HEADER: carrier}) if carrier else Context()
        named = named_tags(tags)
        if "http_method" in tags:
            operation, named["http.route"] = of_request(operation)
        kind = SpanKind.SERVER if tags else SpanKind.CONSUMER
        return self.opened(operation, parent, kind, named)

    def opened(
        self, operation: str, parent: Context, kind: SpanKind, tags: Mapping[str, Any]
    ) -> Open | None:
        """Begin a span, which is the current one from now on; None if it is not recorded."""
        span = self.tracer.start_span(operation, parent, kind, tags)
        if not span.is_recording():
            return None
        return Open(span, attach(trace.set_span_in_context(span, parent)))

    def end(self, span: Open, tags: Mapping[str, object], *, failed: bool) -> None:
        """End a span."""
        detach(span.token)
        span.span.set_attributes(named_tags(tags))
        if failed:
            span.span.set_status(Status(StatusCode.ERROR))
        span.span.end()

    def identity(self, span: Open) -> str:
        """Return the id of the trace that a span is of, in hex."""
        return trace.format_trace_id(span.span.get_span_context().trace_id)

    def carrier(self, operation: str) -> str:
        """Return the header that continues this trace elsewhere; empty outside of one."""
        if not is_traced():
            return ""
        with self.exit(operation, SpanKind.PRODUCER, {}):
            return carried()

    def later(self, operation: str) -> Callable[[], Open | None]:
        """Return what begins a span of this trace after its entry span has ended."""
        here = get_current()
        is_part = is_traced()
        return lambda: self.opened(operation, here, SpanKind.INTERNAL, {}) if is_part else None

    @contextmanager
    def exit(self, operation: str, kind: SpanKind, tags: Mapping[str, Any]) -> Iterator[Any]:
        """Trace a `with` block as what is asked of others, and as what went wrong if it raises."""
        with self.tracer.start_as_current_span(
            operation, kind=kind, attributes=tags, record_exception=False
        ) as span:
            yield span

    def stop(self, seconds: float) -> None:
        """Send what is left, for some time at most: a collector that hangs must not hold us."""
        last = threading.Thread(target=self.provider.shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(seconds)


def start(address: str, name: str, process: str, database: Database) -> Agent:
    """Start the SDK in this process, and trace what it asks of others; `name` is the service's."""
    agent = agent_for(address, name, process)
    watch(database, agent)
    around_requests(sender(agent))
    around_commands(commander(agent))
    return agent


def agent_for(address: str, name: str, process: str) -> Agent:
    """Return what makes spans and sends them to an address, to which the path is added."""
    told = Resource.create(
        {
            "service.name": name,
            "service.version": version("raglan"),
            "service.instance.id": f"{process}-{os.getpid()}@{socket.gethostname()}",
        }
    )
    provider = TracerProvider(resource=told, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{address.rstrip('/')}{PATH}", timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=MOST_WAITING))
    return Agent(provider)


def ask(address: str) -> str:
    """Send a collector no spans, as spans are sent; return what is wrong, empty for nothing."""
    answers: list[int] = []

    def note(answer: Response, *_: object, **__: object) -> None:
        answers.append(answer.status_code)

    with Session() as session:
        session.hooks["response"].append(note)
        exporter = OTLPSpanExporter(
            f"{address.rstrip('/')}{PATH}", timeout=SEND_SECONDS, session=session
        )
        if exporter.export([]) is SpanExportResult.SUCCESS:
            return ""
    return f"it answers with status {answers[-1]}" if answers else "it does not answer"


def is_traced() -> bool:
    """Return whether there is a span to which others belong."""
    return trace.get_current_span().is_recording()


def carried() -> str:
    """Return the header that continues this trace elsewhere."""
    headers: dict[str, str] = {}
    PROPAGATOR.inject(headers)
    return headers.get(HEADER, "")


def watch(database: Any, agent: Agent) -> None:
    """Make a span of every statement that is executed within a trace."""
    kind = str(kind_of(database))
    tags = {"db.system.name": kind, "db.namespace": str(database.database)}

    def traced(sql: str, execute: Callable[[], Any]) -> Any:
        if not is_traced():
            return execute()
        text = {"db.query.text": sql[:LONGEST_STATEMENT]}
        with agent.exit(f"{kind}/execute", SpanKind.CLIENT, {**tags, **text}):
            return execute()

    around_statements(database, traced)


def sender(agent: Agent) -> Callable[..., BaseHTTPResponse]:
    """Return what makes a span of every request sent within a trace, and sends that along."""

    def traced(request: Outgoing, send: Callable[[Headers], BaseHTTPResponse]) -> BaseHTTPResponse:
        if not is_traced():
            return send({})
        tags = {"http.request.method": request.method, "url.full": request.address}
        with agent.exit(
            request.method, SpanKind.CLIENT, {**tags, "server.address": request.peer}
        ) as span:
            answer = send({HEADER: carried()})
            span.set_attribute("http.response.status_code", answer.status)
            if answer.status >= HTTPStatus.BAD_REQUEST:
                span.set_status(Status(StatusCode.ERROR))
            return answer

    return traced


def commander(agent: Agent) -> Callable[..., Any]:
    """Return what makes a span of every command of Redis within a trace."""

    def traced(command: str, peer: str, execute: Callable[[], Any]) -> Any:
        if not is_traced():
            return execute()
        tags = {"db.system.name": "redis", "db.operation.name": command, "server.address": peer}
        with agent.exit(f"redis/{command}", SpanKind.CLIENT, tags):
            return execute()

    return traced


def of_request(operation: str) -> tuple[str, str]:
    """Return what OpenTelemetry calls the span of a request, and its route."""
    method, colon, route = operation.partition(":")
    return (f"{method} {route}", route) if colon else (operation, "")


def named_tags(tags: Mapping[str, object]) -> dict[str, Any]:
    """Return tags as OpenTelemetry calls them."""
    return {NAMES.get(name, name): value for name, value in tags.items()}
