"""Chats that are copied, taken along, and brought."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.http.framing import Framing
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.openwebui.conversation import key_of, present_all, present_conversation
from api.schemas.openwebui.copying import (
    CloneRequest,
    ForkRequest,
    ImportRequest,
    exported,
    line,
)
from api.schemas.openwebui.failure import failure_event

blueprint = Blueprint("chat_copies", __name__)

LINES = Framing(failure_event, b"", b"\n", line, "application/x-ndjson")


@blueprint.post("/api/v1/chats/<conversation_id>/clone")
@signed_in_only
def clone(conversation_id: str) -> Response:
    """Copy a chat with its tags."""
    title = json_body(CloneRequest).title
    copies = services().webui.copies
    return success(present_conversation(copies.clone(principal(), key_of(conversation_id), title)))


@blueprint.post("/api/v1/chats/<conversation_id>/fork")
@signed_in_only
def fork(conversation_id: str) -> Response:
    """Copy the branch of a chat up to a message, or as it is shown."""
    place = json_body(ForkRequest).place()
    copies = services().webui.copies
    return success(present_conversation(copies.fork(principal(), key_of(conversation_id), place)))


@blueprint.post("/api/v1/chats/import")
@signed_in_only
def take_in() -> Response:
    """Keep chats of a file under new ids, all or none of them."""
    given = json_body(ImportRequest).conversations()
    return success(present_all(services().webui.copies.take_in(principal(), given)))


@blueprint.get("/api/v1/chats/all")
@signed_in_only
def export_all() -> Response:
    """Send all chats that are not archived, a line of JSON each."""
    return export(archived=False)


@blueprint.get("/api/v1/chats/all/archived")
@signed_in_only
def export_archived() -> Response:
    """Send all archived chats, a line of JSON each."""
    return export(archived=True)


def export(*, archived: bool) -> Response:
    """Send chats, which are read one by one while they are sent."""
    copies, who = services().webui.copies, principal()
    return event_stream(lambda: exported(copies.all_of(who, archived=archived)), LINES)
