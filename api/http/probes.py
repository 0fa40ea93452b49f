"""Views by which others see how the server is; the same under every prefix."""

from flask import Response
from werkzeug.exceptions import NotFound

from api.http.context import services
from api.http.contracts import door
from api.http.process import web_process
from api.http.responses import plain
from api.observability.exposition import CONTENT_TYPE
from api.schemas.health import (
    HEALTH,
    present_config,
    present_health,
    present_readiness,
    present_refusal,
    present_status,
    present_version,
)


def ping() -> Response:
    """Answer, which is all."""
    return Response("pong", mimetype="text/plain")


def version() -> Response:
    """Return the server's version."""
    return door().success(present_version(services().operations.system.version))


def healthz() -> Response:
    """Return the state of the parts, in the contract's words; 500 when one fails."""
    health = present_health(services().operations.system.states(HEALTH.values()))
    return plain(health, 200 if health["status"] == "ok" else 500)


def ready() -> Response:
    """Answer 200 while requests are welcome, else 503; the body says what is wrong or lost.

    The server takes none while it starts or stops, and without a part that it needs.
    """
    phase = web_process().phase
    if phase.reason:
        return plain(present_refusal(phase.reason), 503)
    found = services().operations.system.readiness()
    return plain(present_readiness(found), 200 if found.is_ready else 503)


def metrics() -> Response:
    """Answer with the metrics of all processes of this host, for Prometheus."""
    offered = web_process().exporter
    if offered is None:
        raise NotFound
    return Response(offered.text(), content_type=CONTENT_TYPE)


def status() -> Response:
    """Show the parts with their kinds, the background jobs and the ingest workers."""
    return door().success(present_status(services().operations.system.status()))


def config() -> Response:
    """Return whether anybody may sign up, and that passwords let in."""
    return door().success(present_config(sign_up=services().people.sign_up.is_open()))
