"""Which tracer the settings ask for."""

from api.db.connection import Database
from api.observability.tracing.base import Tracer
from api.observability.tracing.guarded import Agent, GuardedTracer
from api.observability.tracing.null import UNTRACED
from rag.loading import loaded

AGENT = "api.observability.tracing.skywalking:start"
"""It loads gRPC, so that it is imported no earlier than it is started."""


def open_tracer(collector: str) -> Tracer:
    """Return what traces for the collector at `host:port`, or nothing where none is set."""
    if not collector:
        return UNTRACED

    def start(process: str, database: Database) -> Agent:
        agent: Agent = loaded(AGENT)(collector, process, database)
        return agent

    return GuardedTracer(start)
