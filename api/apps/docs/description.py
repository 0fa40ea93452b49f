"""The doors in the form of OpenAPI."""

from flask import Blueprint, Response, current_app
from werkzeug.exceptions import NotFound

from api.http.context import services
from api.http.process import web_process
from api.http.responses import JSON
from api.openapi.texts import text_of

blueprint = Blueprint("description", __name__)


@blueprint.get("/openapi.json")
def all_doors() -> Response:
    """Describe all doors."""
    return described("")


@blueprint.get("/openapi/<door>.json")
def one_door(door: str) -> Response:
    """Describe a door."""
    return described(door)


def described(door: str) -> Response:
    """Answer with a description; the first one of a process takes a second, on a thread."""
    if door and door not in web_process().doors.names:
        raise NotFound
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - Flask's way
    version = services().operations.system.version
    text = services().execution.offload(text_of, app, version, door)
    return Response(text, mimetype=JSON)
