"""Assistants that anybody may ask who has the token of a bot."""

from flask import Blueprint, Response

from api.apps.bots.door import bot_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.answer import answer_frames, present_answer
from api.schemas.bots import BotQuestion, present_bot
from api.services.chats.dialogues import whole

blueprint = Blueprint("chatbots", __name__)


@blueprint.get("/chatbots/<chat_id>/info")
@reads_only
@bot_required
def info(chat_id: str) -> Response:
    """Show an assistant as anybody sees it."""
    return success(present_bot(services().chats.chats.get(principal(), chat_id)))


@blueprint.post("/chatbots/<chat_id>/completions")
@bot_required
def complete(chat_id: str) -> Response:
    """Answer a question, as a stream unless the client wants it whole."""
    body = json_body(BotQuestion)
    asked = (principal(), chat_id, body.wanted())
    completions = services().chats.completions
    if body.stream:
        return event_stream(lambda: answer_frames(completions.ask(*asked), telling=False))
    reply = completions.ask(*asked)
    return success(present_answer(reply, whole(reply), telling=False))
