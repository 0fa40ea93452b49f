"""Search apps that anybody may use who has the token of a bot."""

from flask import Blueprint, Response

from api.apps.bots.door import bot_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.http.streaming import event_stream
from api.schemas.answer import answer_frames
from api.schemas.asking import (
    AskRequest,
    RelatedRequest,
    present_outline,
    present_questions,
)
from api.schemas.console.chunk import RetrievalTest, present_found
from api.schemas.search_app import SearchAppId, present_app

blueprint = Blueprint("searchbots", __name__)

LEAST = 0.0
"""The threshold of a search that names none."""


@blueprint.get("/searchbots/detail")
@reads_only
@bot_required
def detail() -> Response:
    """Show a search app."""
    app_id = query_arguments(SearchAppId).search_id
    return success(present_app(services().chats.search_apps.get(principal(), app_id)))


@blueprint.post("/searchbots/ask")
@bot_required
def ask() -> Response:
    """Answer a question from datasets, as a stream; nothing is stored."""
    wanted = json_body(AskRequest).wanted()
    asking = services().chats.asking
    return event_stream(lambda: answer_frames(asking.ask(principal(), wanted), telling=False))


@blueprint.post("/searchbots/retrieval_test")
@bot_required
def retrieval_test() -> Response:
    """Return a page of the chunks that fit a question."""
    body = json_body(RetrievalTest)
    asked = (principal(), body.wanted(LEAST), body.search_id or "")
    found = services().chats.asking.retrieve(*asked, highlight=bool(body.highlight))
    return success(present_found(found))


@blueprint.post("/searchbots/related_questions")
@bot_required
def related_questions() -> Response:
    """Suggest questions that go with a question."""
    wanted = json_body(RelatedRequest)
    related = services().chats.asking.related
    found = related(principal(), wanted.wanted(), wanted.industry)
    return success(present_questions(found))


@blueprint.post("/searchbots/mindmap")
@bot_required
def mindmap() -> Response:
    """Outline what datasets say about a question."""
    wanted = json_body(AskRequest).wanted()
    return success(present_outline(services().chats.asking.outline(principal(), wanted)))
