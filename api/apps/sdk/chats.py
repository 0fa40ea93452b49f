"""Chat assistants."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, done, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.base import DeleteRequest
from api.schemas.sdk.chat import ChatQuery, ChatRequest, present_chat

blueprint = Blueprint("chats", __name__)


@blueprint.post("/chats")
@api_key_required
def create() -> Response:
    """Create an assistant."""
    chat = services().chats.chats.create(principal(), json_body(ChatRequest).wanted())
    return success(present_chat(chat))


@blueprint.get("/chats")
@api_key_required
def list_page() -> Response:
    """List assistants."""
    query = query_arguments(ChatQuery)
    found = services().chats.chats.list_page(principal(), query.wanted(), query.part())
    return success([present_chat(chat) for chat in found])


@blueprint.delete("/chats")
@api_key_required
def delete() -> Response:
    """Delete assistants."""
    return done(services().chats.chats.delete(principal(), json_body(DeleteRequest).chosen()))


@blueprint.get("/chats/<chat_id>")
@api_key_required
def get(chat_id: str) -> Response:
    """Show an assistant."""
    return success(present_chat(services().chats.chats.get(principal(), chat_id)))


@blueprint.put("/chats/<chat_id>")
@api_key_required
def put(chat_id: str) -> Response:
    """Change an assistant, and answer no more than that it was done, as classic clients know it."""
    services().chats.chats.update(principal(), chat_id, json_body(ChatRequest).change())
    return success()


@blueprint.patch("/chats/<chat_id>")
@api_key_required
def patch(chat_id: str) -> Response:
    """Change an assistant and show it."""
    changes = json_body(ChatRequest).change()
    return success(present_chat(services().chats.chats.update(principal(), chat_id, changes)))


@blueprint.delete("/chats/<chat_id>")
@api_key_required
def delete_one(chat_id: str) -> Response:
    """Delete an assistant."""
    return done(services().chats.chats.delete(principal(), [chat_id]))
