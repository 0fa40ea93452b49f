"""Which tracer the settings ask for."""

from api.db.connection import Database
from api.errors import StartError
from api.observability.extras import check_installed
from api.observability.tracing.base import Tracer
from api.observability.tracing.guarded import Agent, GuardedTracer
from api.observability.tracing.null import UNTRACED
from rag.loading import loaded

SKYWALKING = "api.observability.tracing.skywalking:start"
OTLP = "api.observability.tracing.otlp:start"
ASK_OTLP = "api.observability.tracing.otlp:ask"
"""They load gRPC, or a library with threads, so that they are imported no earlier than started."""


def open_tracer(collector: str, otlp_url: str = "", service_name: str = "raglan") -> Tracer:
    """Return what traces for SkyWalking at `host:port`, or by OTLP for an address, or nothing.

    Raises StartError where both are set, or the library is not installed.
    """
    if collector and otlp_url:
        raise StartError(
            "traces go to one place: unset this, or SW_AGENT_COLLECTOR_BACKEND_SERVICES."
        )
    if collector:
        return GuardedTracer(
            lambda process, database: started(SKYWALKING, collector, process, database)
        )
    if not otlp_url:
        return UNTRACED
    check_installed("opentelemetry.sdk", "telemetry.otlp_url", "otlp")
    return GuardedTracer(
        lambda process, database: started(OTLP, otlp_url, service_name, process, database),
        "traceparent",
    )


def ask_collector(otlp_url: str) -> str:
    """Return what is wrong with a collector of OpenTelemetry's; empty for nothing.

    Raises StartError where the library is not installed.
    """
    check_installed("opentelemetry.sdk", "telemetry.otlp_url", "otlp")
    wrong: str = loaded(ASK_OTLP)(otlp_url)
    return wrong


def started(name: str, *arguments: str | Database) -> Agent:
    """Start an agent."""
    agent: Agent = loaded(name)(*arguments)
    return agent
