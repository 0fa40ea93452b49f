"""Chat assistants."""

from flask import Blueprint, Response

from api.http.authentication import api_key_required
from api.http.context import services, tenant_id
from api.http.requests import json_body, query_arguments
from api.http.responses import success
from api.schemas.base import DeleteRequest
from api.schemas.sdk.chat import ChatQuery, ChatRequest

blueprint = Blueprint("chats", __name__)


@blueprint.post("/chats")
@api_key_required
def create() -> Response:
    """Create an assistant."""
    return success(services().chats.chats.create(tenant_id(), json_body(ChatRequest)))


@blueprint.get("/chats")
@api_key_required
def list_page() -> Response:
    """List assistants."""
    return success(services().chats.chats.list_page(tenant_id(), query_arguments(ChatQuery)))


@blueprint.delete("/chats")
@api_key_required
def delete() -> Response:
    """Delete assistants."""
    return success(services().chats.chats.delete(tenant_id(), json_body(DeleteRequest)).data)


@blueprint.get("/chats/<chat_id>")
@api_key_required
def get(chat_id: str) -> Response:
    """Show an assistant."""
    return success(services().chats.chats.get(tenant_id(), chat_id))


@blueprint.put("/chats/<chat_id>")
@api_key_required
def put(chat_id: str) -> Response:
    """Change an assistant, and answer no more than that it was done, as classic clients know it."""
    services().chats.chats.update(tenant_id(), chat_id, json_body(ChatRequest))
    return success()


@blueprint.patch("/chats/<chat_id>")
@api_key_required
def patch(chat_id: str) -> Response:
    """Change an assistant and show it."""
    return success(services().chats.chats.update(tenant_id(), chat_id, json_body(ChatRequest)))


@blueprint.delete("/chats/<chat_id>")
@api_key_required
def delete_one(chat_id: str) -> Response:
    """Delete an assistant."""
    services().chats.chats.delete(tenant_id(), DeleteRequest(ids=[chat_id]))
    return success()
