"""Questions to an assistant."""

from functools import partial

from flask import Blueprint, Response

from api.http.authentication import api_key_required
from api.http.context import services, tenant_id
from api.http.requests import json_body
from api.http.responses import success
from api.http.streaming import event_stream
from api.schemas.sdk.completion import CompletionRequest

blueprint = Blueprint("completions", __name__)


@blueprint.post("/chats/<chat_id>/completions")
@api_key_required
def complete(chat_id: str) -> Response:
    """Answer a question, as a stream unless the client wants it whole."""
    body = json_body(CompletionRequest)
    completions = services().chats.completions
    if not body.stream:
        return success(completions.answer(tenant_id(), chat_id, body))
    return event_stream(partial(completions.stream, tenant_id(), chat_id, body))
