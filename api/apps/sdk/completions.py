"""Questions to an assistant, or to a model alone."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, dialect, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.sdk.chat import TrialRequest
from api.schemas.sdk.completion import CompletionRequest, answer_events, present_answer
from api.schemas.sdk.rest.completion import delta_events
from api.schemas.sdk.rest.talk import TalkRequest, present_talk, talk_events

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
    events = {None: dialect().answer_events, True: answer_events, False: delta_events}[body.legacy]
    return event_stream(lambda: events(completions.ask(*asked)))


@blueprint.post("/chats/<chat_id>/try")
@api_key_required
def try_out(chat_id: str) -> Response:
    """Answer a question as the assistant would with some changes; nothing of it is stored."""
    body, exchanges = json_body(TrialRequest), services().chats.exchanges
    asked = (principal(), chat_id, body.change(), body.question)
    if not body.stream:
        return success(present_answer(exchanges.trial_answer(*asked)))
    return event_stream(lambda: delta_events(exchanges.trial(*asked)))


@blueprint.post("/chat/completions")
@api_key_required
def talk() -> Response:
    """Answer a question, with an assistant or without one, as a stream or whole."""
    body, talks = json_body(TalkRequest), services().chats.talks
    asked = (principal(), body.wanted())
    if not body.stream:
        return success(present_talk(body, talks.answer(*asked)))
    return event_stream(lambda: talk_events(body, talks.ask(*asked)))
