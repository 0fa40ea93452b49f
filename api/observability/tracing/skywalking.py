"""SkyWalking's agent: all spans are ours but those of Redis, which a plugin of its makes.

Importing this loads gRPC, which must not be open when a process forks: it is imported by workers,
and only where a collector is set.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import grpc
from skywalking import Component, Layer, config, sampling
from skywalking.agent import agent
from skywalking.trace import context as tracing
from skywalking.trace.carrier import Carrier
from skywalking.trace.context import NoopContext, SpanContext
from skywalking.trace.span import NoopSpan
from skywalking.trace.tags import Tag, TagDbInstance, TagDbStatement, TagDbType
from urllib3 import BaseHTTPResponse

from api.db.connection import Database
from api.db.kinds import Kind, kind_of
from api.observability.tracing.watching import (
    Headers,
    Outgoing,
    around_requests,
    around_statements,
)
from rag.loading import loaded

HEADER = "sw8"
"""In which requests say to which trace they belong."""

EVERY_PLUGIN = "."
"""A pattern of the plugins that the agent leaves alone; most import a library to patch it.

That for Flask names spans after the path, with ids, and lets a damaged header fail a request; those
for databases want a host in every address, and do not know SQLite; that for requests overlooks what
was prepared. That for Redis is good, but from Python 3.12 on the agent fails to load any.
"""

UNNAMED = "Python Service Name"
"""What the agent calls a service that `SW_AGENT_NAME` does not name."""

LONGEST_STATEMENT = 2000

MOST_WAITING = 1000
"""Segments that wait for a collector; further ones are dropped. Each takes some kilobytes."""

REDIS_PLUGIN = "skywalking.plugins.sw_redis:install"
"""It patches the client of Redis, which is loaded with it."""

QUEUE = "tasks"
"""The peer of spans that queue a task."""


NAMES = {
    Kind.SQLITE: ("SQLite", Component.General),
    Kind.POSTGRESQL: ("PostgreSQL", Component.Psycopg),
    Kind.MYSQL: ("Mysql", Component.PyMysql),
}
"""What SkyWalking calls the kinds of databases."""


class Outside:
    """What work that nobody asked for is traced with: not at all, and it takes no sample's place.

    Leases are renewed and tasks looked for several times a second.
    """

    active_span = None

    def new_exit_span(self, *_arguments: object, **_named: object) -> Any:
        """Return a span that is not recorded."""
        return NoopSpan(NoopContext())

    new_local_span = new_exit_span


OUTSIDE = Outside()


def current() -> Any:
    """Return the context of the innermost span."""
    spans = tracing._spans()  # noqa: SLF001 - get_context would begin a trace, and take a sample
    return spans[-1].context if spans else OUTSIDE


def is_sample() -> bool:
    """Return whether the trace that begins now is among those to be recorded."""
    service = sampling.sampling_service
    return service is None or bool(service.try_sampling())


class Agent:
    """The agent of this process; what it raises is for others to swallow."""

    def begin(self, operation: str, carrier: str, tags: Mapping[str, object]) -> Any:
        """Begin an entry span; None if it is not recorded, and with it whatever is in it."""
        caller = read_carrier(carrier)
        # A trace that was begun elsewhere was found worth it there.
        if not caller.is_valid and not is_sample():
            return None
        span = SpanContext().new_entry_span(op=operation, carrier=caller)
        span.start()
        span.component, span.layer = Component.Flask if tags else Component.General, Layer.Http
        tag(span, tags)
        return span

    def end(self, span: Any, tags: Mapping[str, object], *, failed: bool) -> None:
        """End a span."""
        tag(span, tags)
        span.error_occurred = span.error_occurred or failed
        span.stop()

    def identity(self, span: Any) -> str:
        """Return the id of the trace that a span is of."""
        return str(span.context.segment.related_traces[0])

    def carrier(self, operation: str) -> str:
        """Return the header that continues this trace elsewhere; empty outside of one."""
        span = current().new_exit_span(op=operation, peer=QUEUE, component=Component.General)
        if isinstance(span, NoopSpan):
            return ""
        with span:
            span.layer = Layer.MQ
            return str(span.inject().val)

    def later(self, operation: str) -> Callable[[], Any]:
        """Return what begins a span of this trace after its entry span has ended."""
        here = current()
        snapshot = here.capture() if here is not OUTSIDE else None

        def begin() -> Any:
            if snapshot is None or not snapshot.trace_id:
                return None
            span = SpanContext().new_local_span(op=operation)
            span.start()
            span.component = Component.General
            span.context.continued(snapshot)
            return span

        return begin

    def stop(self, seconds: float) -> None:
        """Send what is left, for some time at most: a collector that hangs must not hold us."""
        last = threading.Thread(target=send_rest, name="last-spans", daemon=True)
        last.start()
        last.join(seconds)


def send_rest() -> None:
    """Send what is left, if the collector is there."""
    with suppress(grpc.RpcError):
        agent.stop()


def start(collector: str, process: str, database: Database) -> Agent:
    """Start the agent in this process."""
    config.init(
        agent_collector_backend_services=collector,
        agent_name="raglan" if config.agent_name == UNNAMED else config.agent_name,
        agent_instance_name=f"{process}-{os.getpid()}@{socket.gethostname()}",
        agent_disable_plugins=[EVERY_PLUGIN],
        agent_trace_reporter_max_buffer_size=MOST_WAITING,
        # Log lines may hold what is for one reader, such as the first account's password; for
        # meters there is Prometheus; and the profiler does not know greenlets.
        agent_log_reporter_active=False,
        agent_meter_reporter_active=False,
        agent_profile_active=False,
    )
    speak_up(logging.getLogger("skywalking"))
    tracing.get_context = current  # before the plugin takes it
    agent.start()
    loaded(REDIS_PLUGIN)()
    watch(database)
    around_requests(sent)
    return Agent()


def watch(database: Any) -> None:
    """Make an exit span of every statement that is executed within a trace."""
    kind, component = NAMES[kind_of(database)]
    options = database.connect_params
    peer = f"{options.get('host', 'localhost')}:{options['port']}" if "port" in options else kind

    def traced(sql: str, execute: Callable[[], Any]) -> Any:
        here = current()
        if here is OUTSIDE:
            return execute()
        with here.new_exit_span(op=f"{kind}/execute", peer=peer, component=component) as span:
            span.layer = Layer.Database
            span.tag(TagDbType(kind)).tag(TagDbInstance(database.database))
            span.tag(TagDbStatement(sql[:LONGEST_STATEMENT]))
            return execute()

    around_statements(database, traced)


def sent(request: Outgoing, send: Callable[[Headers], BaseHTTPResponse]) -> BaseHTTPResponse:
    """Make an exit span of an HTTP request sent within a trace, and send the trace along."""
    here = current()
    if here is OUTSIDE:
        return send({})
    with here.new_exit_span(
        op=request.path or "/", peer=request.peer, component=Component.Requests
    ) as span:
        span.layer = Layer.Http
        tag(span, {"http_method": request.method, "http_url": request.address})
        answer = send({HEADER: span.inject().val})
        tag(span, {"http_status_code": answer.status})
        span.error_occurred = answer.status >= HTTPStatus.BAD_REQUEST
        return answer


def read_carrier(header: str) -> Carrier:
    """Return what a `sw8` header says; one that cannot be read says nothing."""
    carrier = Carrier()
    if header:
        try:
            carrier.val = header
        except ValueError:  # of which those of base64 and of Unicode are some
            return Carrier()
    return carrier


def tag(span: Any, tags: Mapping[str, object]) -> None:
    """Set tags on a span; `http_status_code` is shown as `http.status_code`."""
    for name, value in tags.items():
        item = Tag(value)
        item.key = name.replace("_", ".", 1)
        span.tag(item)


def speak_up(logger: logging.Logger) -> None:
    """Log the agent's warnings among ours, a line each."""
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    logger.propagate = True
    config.agent_logging_level = "WARNING"
    logger.addFilter(without_traceback)


def without_traceback(record: logging.LogRecord) -> bool:
    """Remove the traceback from a record: while the collector is away there would be many."""
    record.exc_info = record.exc_text = None
    return True
