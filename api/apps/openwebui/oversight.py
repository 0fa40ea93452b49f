"""Chats of others, for administrators: listed, and taken along."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.framing import Framing
from api.http.requests import query_arguments
from api.http.streaming import event_stream
from api.schemas.openwebui.conversation import present_rows
from api.schemas.openwebui.copying import OverseenQuery, element, elements
from api.schemas.openwebui.failure import failure_event

blueprint = Blueprint("oversight", __name__)

LIST = Framing(failure_event, b"]\n", b"\n", element, "application/json")


@blueprint.get("/api/v1/chats/list/user/<user_id>")
@signed_in_only
@operators_only
def list_of(user_id: str) -> Response:
    """List somebody's chats, 60 a page, those last changed first; without a page all of them."""
    page = query_arguments(OverseenQuery).page
    return success(present_rows(services().webui.oversight.list_of(principal(), user_id, page)))


@blueprint.get("/api/v1/chats/all/db")
@signed_in_only
@operators_only
def export_all() -> Response:
    """Send the chats of all people with their messages, read one by one while they are sent."""
    found = services().webui.oversight.all(principal())
    return event_stream(lambda: elements(found), LIST)
