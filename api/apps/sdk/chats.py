"""Chat assistants."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, dialect, done, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.base import DeleteRequest
from api.schemas.sdk.chat import ChatQuery, ChatRequest

blueprint = Blueprint("chats", __name__)


@blueprint.post("/chats")
@api_key_required
def create() -> Response:
    """Create an assistant."""
    chat = services().chats.chats.create(principal(), json_body(ChatRequest).wanted())
    return success(dialect().present_chat(chat))


@blueprint.get("/chats")
@reads_only
@api_key_required
def list_page() -> Response:
    """List assistants."""
    return followed(success(dialect().list_chats(query_arguments(ChatQuery))))


@blueprint.delete("/chats")
@api_key_required
def delete() -> Response:
    """Delete assistants."""
    return done(services().chats.chats.delete(principal(), json_body(DeleteRequest).chosen()))


@blueprint.get("/chats/<chat_id>")
@reads_only
@api_key_required
def get(chat_id: str) -> Response:
    """Show an assistant."""
    return success(dialect().present_chat(services().chats.chats.get(principal(), chat_id)))


@blueprint.put("/chats/<chat_id>")
@api_key_required
def put(chat_id: str) -> Response:
    """Change an assistant, or overwrite it."""
    return success(dialect().put_chat(chat_id, json_body(ChatRequest)))


@blueprint.patch("/chats/<chat_id>")
@api_key_required
def patch(chat_id: str) -> Response:
    """Change an assistant and show it."""
    changes = json_body(ChatRequest).change()
    chat = services().chats.chats.update(principal(), chat_id, changes)
    return success(dialect().present_chat(chat))


@blueprint.delete("/chats/<chat_id>")
@api_key_required
def delete_one(chat_id: str) -> Response:
    """Delete an assistant."""
    return done(services().chats.chats.delete(principal(), [chat_id]))
