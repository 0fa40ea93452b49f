"""Text completions by assistants, for clients that know no conversations."""

from flask import Blueprint, Response

from api.apps.openai.door import bases, key_required, success
from api.http.context import principal, services
from api.http.links import public_url
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.openai.completion import CompletionRequest, present_text, text_events

blueprint = Blueprint("text_completions", __name__)


@key_required
def complete() -> Response:
    """Answer a prompt, whole unless the client wants a stream."""
    body = json_body(CompletionRequest)
    chat_id = services().chats.chats.named(principal(), body.model)
    exchanges, form = services().chats.exchanges, body.form(f"cmpl-{chat_id}", public_url())
    asked = (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: text_events(form, exchanges.ask(*asked)))
    return success(present_text(form, exchanges.answer(*asked)))


for path in bases("/completions"):
    blueprint.add_url_rule(path, view_func=complete, methods=["POST"])
