"""Assistants in the form of OpenAI's chat API."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required
from api.http.context import principal, services
from api.http.framing import Framing
from api.http.requests import json_body
from api.http.responses import enveloped
from api.http.streaming import event_stream
from api.schemas.sdk.openai import (
    OpenAIRequest,
    chunk_events,
    failure_object,
    present_completion,
)

blueprint = Blueprint("openai", __name__)

FRAMING = Framing(failure_object, b"data:[DONE]\n\n")


@blueprint.post("/chats_openai/<chat_id>/chat/completions")
@blueprint.post("/openai/<chat_id>/chat/completions")
@api_key_required
def complete(chat_id: str) -> Response:
    """Answer a conversation whole, unless the client wants a stream.

    OpenAI's clients that want it whole say nothing of a stream.
    """
    body = json_body(OpenAIRequest)
    exchanges = services().chats.exchanges
    asked = (principal(), chat_id, body.wanted())
    form = body.form(chat_id)
    if body.stream:
        return event_stream(lambda: chunk_events(form, exchanges.ask(*asked)), FRAMING)
    return enveloped(present_completion(form, exchanges.answer(*asked)), 200)
