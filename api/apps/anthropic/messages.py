"""Messages answered by assistants."""

from flask import Blueprint, Response

from api.apps.anthropic.door import key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.anthropic.message import (
    CountRequest,
    MessageRequest,
    message_events,
    present_count,
    present_message,
)

blueprint = Blueprint("messages", __name__)


@blueprint.post("/messages")
@key_required
def create() -> Response:
    """Answer a conversation, whole unless the client wants a stream."""
    body = json_body(MessageRequest)
    chat_id = services().chats.chats.named(principal(), body.model)
    exchanges, asked = services().chats.exchanges, (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: message_events(body, exchanges.ask(*asked)))
    return success(present_message(body, exchanges.answer(*asked)))


@blueprint.post("/messages/count_tokens")
@key_required
def count() -> Response:
    """Return about how many tokens a conversation has."""
    body = json_body(CountRequest)
    services().chats.chats.named(principal(), body.model)
    return success(present_count(services().execution.offload(body.tokens)))
