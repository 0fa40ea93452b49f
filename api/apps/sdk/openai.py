"""Assistants in the form of OpenAI's chat API."""

from functools import partial

from flask import Blueprint, Response

from api.http.authentication import api_key_required
from api.http.context import services, tenant_id
from api.http.requests import json_body
from api.http.responses import enveloped
from api.http.streaming import Framing, event_stream
from api.schemas.sdk.openai import OpenAIRequest, failure_object

blueprint = Blueprint("openai", __name__)

FRAMING = Framing(failure_object, b"data:[DONE]\n\n")


@blueprint.post("/chats_openai/<chat_id>/chat/completions")
@api_key_required
def classic(chat_id: str) -> Response:
    """Answer a conversation, as a stream unless the client wants it whole."""
    return complete(chat_id, streams=True)


@blueprint.post("/openai/<chat_id>/chat/completions")
@api_key_required
def later(chat_id: str) -> Response:
    """Answer a conversation whole, unless the client wants a stream."""
    return complete(chat_id, streams=False)


def complete(chat_id: str, *, streams: bool) -> Response:
    """Answer a conversation; `streams` is what a request means that does not say."""
    body = json_body(OpenAIRequest)
    answers = services().chats.openai_chat
    if streams if body.stream is None else body.stream:
        return event_stream(partial(answers.stream, tenant_id(), chat_id, body), FRAMING)
    return enveloped(answers.answer(tenant_id(), chat_id, body), 200)
