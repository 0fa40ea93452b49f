"""What goes with a question, and answers without an assistant."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.streaming import event_stream
from api.schemas.answer import answer_frames
from api.schemas.asking import (
    AskRequest,
    DatasetsRequest,
    RelatedRequest,
    present_outline,
    present_questions,
)

blueprint = Blueprint("suggestions", __name__)


@blueprint.post("/sessions/related_questions")
@blueprint.post("/chat/recommendation")
@blueprint.post("/chat/recommandation")
@api_key_required
def related_questions() -> Response:
    """Suggest questions that go with a question."""
    wanted = json_body(RelatedRequest)
    related = services().chats.asking.related
    found = related(principal(), wanted.wanted(), wanted.industry)
    return success(present_questions(found))


@blueprint.post("/chat/mindmap")
@api_key_required
def mindmap() -> Response:
    """Outline what datasets say about a question."""
    wanted = json_body(AskRequest).wanted()
    return success(present_outline(services().chats.asking.outline(principal(), wanted)))


@blueprint.post("/sessions/ask")
@api_key_required
def ask() -> Response:
    """Answer a question from datasets, as a stream; nothing is stored."""
    wanted = json_body(DatasetsRequest).wanted()
    return event_stream(lambda: answer_frames(services().chats.asking.ask(principal(), wanted)))
