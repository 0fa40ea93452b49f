"""Chat completions by assistants, and by plain models as they are."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response

from api.apps.openai.door import DOOR, bases, key_required, success
from api.http.context import principal, services
from api.http.framing import Event, Framing
from api.http.links import public_url
from api.http.requests import json_body, json_object
from api.http.responses import JSON
from api.http.streaming import event_stream
from api.schemas.openai.chat import ChatCompletionRequest, completion_events, present_completion
from api.schemas.openai.relay import ModelNamed, RelayRequest, handed_on, relayed

blueprint = Blueprint("chat", __name__)


def relayed_frame(event: Event) -> bytes:
    """Return the bytes of an event of a model, whatever characters it has cut in two."""
    return b"data: " + json.dumps(event).encode() + b"\n\n"


RELAYED = Framing(DOOR.stream.failure, DOOR.stream.end, frame=relayed_frame)


@key_required
def complete() -> Response:
    """Answer a conversation, whole unless the client wants a stream."""
    given = json_object()
    chat_id = services().chats.chats.find_named(principal(), json_body(ModelNamed, given).model)
    return relay(given) if chat_id is None else answer(chat_id, given)


def answer(chat_id: str, given: Mapping[str, object]) -> Response:
    """Answer by an assistant."""
    body = json_body(ChatCompletionRequest, given)
    exchanges, form = services().chats.exchanges, body.form(f"chatcmpl-{chat_id}", public_url())
    asked = (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: completion_events(form, exchanges.ask(*asked)))
    return success(present_completion(form, exchanges.answer(*asked)))


def relay(given: Mapping[str, object]) -> Response:
    """Hand the conversation to a plain model, and its answer back."""
    body, relays = json_body(RelayRequest, given), services().models.relays
    asked = (principal(), body.model, handed_on(given))
    if body.stream:
        return event_stream(lambda: relayed(relays.events(*asked)), RELAYED)
    return Response(json.dumps(relays.complete(*asked)), mimetype=JSON)


for path in bases("/chat/completions"):
    blueprint.add_url_rule(path, view_func=complete, methods=["POST"])
