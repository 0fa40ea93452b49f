"""What was said in a session with what people think of it."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.sdk.judged import JudgedQuery, present_judged, present_said

blueprint = Blueprint("feedback", __name__)


@blueprint.get("/chats/<chat_id>/sessions/<session_id>/messages")
@reads_only
@api_key_required
def list_messages(chat_id: str, session_id: str) -> Response:
    """List what was said in a session, with ids and judgements."""
    found = services().chats.sessions.get(principal(), chat_id, session_id)
    return success(present_said(found.messages))


@blueprint.get("/chats/<chat_id>/feedback")
@reads_only
@api_key_required
def list_judged(chat_id: str) -> Response:
    """List the answers of an assistant that somebody has judged."""
    query = query_arguments(JudgedQuery)
    wanted = (query.ratings, query.page_size, query.offset)
    return success(present_judged(services().chats.sessions.judged(principal(), chat_id, *wanted)))
