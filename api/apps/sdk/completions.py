"""Questions to an assistant."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.sdk.completion import CompletionRequest, answer_events, present_answer

blueprint = Blueprint("completions", __name__)


@blueprint.post("/chats/<chat_id>/completions")
@api_key_required
def complete(chat_id: str) -> Response:
    """Answer a question, as a stream unless the client wants it whole."""
    body = json_body(CompletionRequest)
    completions = services().chats.completions
    asked = (principal(), chat_id, body.wanted())
    if not body.stream:
        return success(present_answer(completions.answer(*asked)))
    return event_stream(lambda: answer_events(completions.ask(*asked)))
