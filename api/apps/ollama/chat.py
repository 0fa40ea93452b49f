"""Chats with assistants, and questions by themselves."""

from flask import Blueprint, Response

from api.apps.ollama.door import key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.ollama.chat import (
    ChatRequest,
    Form,
    GenerateRequest,
    answer_lines,
    present_answer,
)

blueprint = Blueprint("chat", __name__)


@blueprint.post("/chat")
@key_required
def chat() -> Response:
    """Answer a conversation, as a stream unless the client wants it whole."""
    return answered(json_body(ChatRequest))


@blueprint.post("/generate")
@key_required
def generate() -> Response:
    """Answer a question, as a stream unless the client wants it whole."""
    return answered(json_body(GenerateRequest))


def answered(body: ChatRequest | GenerateRequest) -> Response:
    """Answer a request."""
    chat_id = services().chats.chats.named(principal(), body.name)
    exchanges, form = services().chats.exchanges, Form.of(body)
    asked = (principal(), chat_id, body.wanted())
    if body.stream:
        return event_stream(lambda: answer_lines(form, exchanges.ask(*asked)))
    return success(present_answer(form, exchanges.answer(*asked)))
