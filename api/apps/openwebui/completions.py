"""Chat completions as OpenAI has them, by assistants and by models of providers."""

import json
from collections.abc import Mapping

from flask import Blueprint, Response

from api.apps.openwebui.door import DOOR, signed_in_only, success
from api.http.context import principal, services
from api.http.framing import Event, Framing
from api.http.links import public_url
from api.http.requests import json_body, json_object
from api.http.responses import JSON
from api.http.streaming import event_stream
from api.schemas.openai.chat import ChatCompletionRequest, completion_events, present_completion
from api.schemas.openai.relay import ModelNamed, RelayRequest, relayed
from api.schemas.openwebui.completion import conversation_of

blueprint = Blueprint("completions", __name__)


def relayed_frame(event: Event) -> bytes:
    """Return the bytes of an event of a model, whatever characters it has cut in two."""
    return b"data: " + json.dumps(event).encode() + b"\n\n"


FRAMING = Framing(DOOR.stream.failure, DOOR.stream.end, frame=relayed_frame)


@signed_in_only
def complete() -> Response:
    """Answer a conversation, whole unless the client wants a stream; nothing of it is kept."""
    given = conversation_of(json_object())
    chat_id = services().chats.chats.find_named(principal(), json_body(ModelNamed, given).model)
    return relay(given) if chat_id is None else answer(chat_id, given)


def answer(chat_id: str, given: Mapping[str, object]) -> Response:
    """Answer by an assistant."""
    body = json_body(ChatCompletionRequest, given)
    exchanges, form = services().chats.exchanges, body.form(f"chatcmpl-{chat_id}", public_url())
    asked = (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: completion_events(form, exchanges.ask(*asked)), FRAMING)
    return success(present_completion(form, exchanges.answer(*asked)))


def relay(given: Mapping[str, object]) -> Response:
    """Hand the conversation to a model of a provider, and its answer back."""
    body, relays = json_body(RelayRequest, given), services().models.relays
    asked = (principal(), body.model, given)
    if body.stream:
        return event_stream(lambda: relayed(relays.events(*asked)), FRAMING)
    return Response(json.dumps(relays.complete(*asked)), mimetype=JSON)


for path in ("/api/chat/completions", "/api/v1/chat/completions"):
    blueprint.add_url_rule(path, view_func=complete, methods=["POST"])
