"""Views by which others see how the server is; the same under every prefix."""

from flask import Response, current_app
from werkzeug.exceptions import NotFound

from api.http.context import services
from api.http.exporter import EXTENSION as EXPORTER
from api.http.exporter import Exporter
from api.http.responses import plain, success
from api.observability.exposition import CONTENT_TYPE


def ping() -> Response:
    """Answer, which is all."""
    return Response("pong", mimetype="text/plain")


def version() -> Response:
    """Tell the server's version."""
    return success(services().system.version)


def healthz() -> Response:
    """Tell how the parts are, in the contract's words; 500 when one is not."""
    health = services().system.health()
    return plain(health, 200 if health["status"] == "ok" else 500)


def ready() -> Response:
    """Answer 200 when every part is in order, else 503; the body says per part what is wrong."""
    parts = services().system.parts()
    fine = all(part["status"] == "ok" for part in parts.values())
    return plain({"status": "ready" if fine else "not ready", "parts": parts}, 200 if fine else 503)


def metrics() -> Response:
    """Answer with the metrics of all processes of this host, for Prometheus."""
    offered: Exporter | None = current_app.extensions.get(EXPORTER)
    if offered is None:
        raise NotFound
    return Response(offered.text(), content_type=CONTENT_TYPE)


def status() -> Response:
    """Show the parts with their kinds."""
    return success(services().system.status())


def config() -> Response:
    """Tell whether anybody may sign up."""
    return success({"registerEnabled": int(services().accounts.sign_up_is_open())})
