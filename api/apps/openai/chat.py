"""Chat completions by assistants."""

from flask import Blueprint, Response

from api.apps.openai.door import bases, key_required, success
from api.http.context import principal, services
from api.http.links import public_url
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.openai.chat import ChatCompletionRequest, completion_events, present_completion

blueprint = Blueprint("chat", __name__)


@key_required
def complete() -> Response:
    """Answer a conversation, whole unless the client wants a stream."""
    body = json_body(ChatCompletionRequest)
    chat_id = services().chats.chats.named(principal(), body.model)
    exchanges, form = services().chats.exchanges, body.form(f"chatcmpl-{chat_id}", public_url())
    asked = (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: completion_events(form, exchanges.ask(*asked)))
    return success(present_completion(form, exchanges.answer(*asked)))


for path in bases("/chat/completions"):
    blueprint.add_url_rule(path, view_func=complete, methods=["POST"])
