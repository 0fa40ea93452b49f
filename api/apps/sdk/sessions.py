"""Sessions of chat assistants."""

from flask import Blueprint, Response

from api.http.authentication import api_key_required
from api.http.context import services, tenant_id
from api.http.requests import json_body, query_arguments
from api.http.responses import success
from api.schemas.base import DeleteRequest
from api.schemas.sdk.session import SessionChange, SessionQuery, SessionRequest

blueprint = Blueprint("sessions", __name__)

ALL = "/chats/<chat_id>/sessions"
ONE = f"{ALL}/<session_id>"


@blueprint.post(ALL)
@api_key_required
def create(chat_id: str) -> Response:
    """Start a session."""
    return success(
        services().chats.sessions.create(tenant_id(), chat_id, json_body(SessionRequest))
    )


@blueprint.get(ALL)
@api_key_required
def list_page(chat_id: str) -> Response:
    """List sessions with their messages."""
    query = query_arguments(SessionQuery)
    return success(services().chats.sessions.list_page(tenant_id(), chat_id, query))


@blueprint.delete(ALL)
@api_key_required
def delete(chat_id: str) -> Response:
    """Delete sessions."""
    body = json_body(DeleteRequest)
    return success(services().chats.sessions.delete(tenant_id(), chat_id, body).data)


@blueprint.get(ONE)
@api_key_required
def get(chat_id: str, session_id: str) -> Response:
    """Show a session with its messages."""
    return success(services().chats.sessions.get(tenant_id(), chat_id, session_id))


@blueprint.put(ONE)
@api_key_required
def put(chat_id: str, session_id: str) -> Response:
    """Rename a session, and answer no more than that it was done, as classic clients know it."""
    services().chats.sessions.update(tenant_id(), chat_id, session_id, json_body(SessionChange))
    return success()


@blueprint.patch(ONE)
@api_key_required
def patch(chat_id: str, session_id: str) -> Response:
    """Rename a session and show it."""
    body = json_body(SessionChange)
    return success(services().chats.sessions.update(tenant_id(), chat_id, session_id, body))
