"""Sessions of chat assistants."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, dialect, done, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.base import DeleteRequest
from api.schemas.sdk.rest.judgement import JudgementRequest
from api.schemas.sdk.session import (
    SessionChange,
    SessionList,
    SessionQuery,
    SessionRequest,
    present_session,
)

blueprint = Blueprint("sessions", __name__)

ALL = "/chats/<chat_id>/sessions"
ONE = f"{ALL}/<session_id>"
MESSAGE = f"{ONE}/messages/<message_id>"


@blueprint.post(ALL)
@api_key_required
def create(chat_id: str) -> Response:
    """Start a session."""
    body = json_body(SessionRequest)
    sessions = services().chats.sessions
    session = sessions.create(principal(), chat_id, body.name, body.user_id or "")
    return success(present_session(session))


@blueprint.get(ALL)
@reads_only
@api_key_required
def list_page(chat_id: str) -> Response:
    """List sessions with their messages."""
    query = query_arguments(SessionQuery)
    wanted = (query.wanted(), query.part())
    found = services().chats.sessions.list_page(principal(), chat_id, *wanted)
    shown: SessionList = query.chosen([present_session(session) for session in found])
    return followed(success(shown), query.next_after(found))


@blueprint.delete(ALL)
@api_key_required
def delete(chat_id: str) -> Response:
    """Delete sessions."""
    ids = json_body(DeleteRequest).chosen()
    return done(services().chats.sessions.delete(principal(), chat_id, ids))


@blueprint.get(ONE)
@reads_only
@api_key_required
def get(chat_id: str, session_id: str) -> Response:
    """Show a session with its messages."""
    session = services().chats.sessions.get(principal(), chat_id, session_id)
    return success(present_session(session))


@blueprint.put(ONE)
@api_key_required
def put(chat_id: str, session_id: str) -> Response:
    """Rename a session; classic clients are told no more than that it was done."""
    name = json_body(SessionChange).name
    session = services().chats.sessions.update(principal(), chat_id, session_id, name)
    return success(present_session(session) if dialect().shows_changes else None)


@blueprint.patch(ONE)
@api_key_required
def patch(chat_id: str, session_id: str) -> Response:
    """Rename a session and show it."""
    name = json_body(SessionChange).name
    session = services().chats.sessions.update(principal(), chat_id, session_id, name)
    return success(present_session(session))


@blueprint.delete(MESSAGE)
@api_key_required
def forget(chat_id: str, session_id: str, message_id: str) -> Response:
    """Delete a question with its answer, and show the session without them."""
    conversations = services().chats.conversations
    left = conversations.forget(principal(), session_id, message_id, chat_id)
    return success(present_session(left))


@blueprint.put(f"{MESSAGE}/feedback")
@api_key_required
def judge(chat_id: str, session_id: str, message_id: str) -> Response:
    """Keep what somebody thinks of an answer, and show the session."""
    judgement = json_body(JudgementRequest).values()
    conversations = services().chats.conversations
    found = conversations.judge(principal(), session_id, message_id, judgement, chat_id)
    return success(present_session(found))
