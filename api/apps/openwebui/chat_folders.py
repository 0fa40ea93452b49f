"""Chats in folders, and which of them were read."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.chat_telling import tell_access_changed
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import (
    ConversationQuery,
    key_of,
    present_all,
    present_conversation,
    present_rows,
)
from api.schemas.openwebui.folder import ParentRequest, present_unread
from api.schemas.openwebui.session import present_truth

blueprint = Blueprint("chat_folders", __name__)


@blueprint.get("/api/v1/chats/folder/<folder_id>")
@reads_only
@signed_in_only
def list_whole(folder_id: str) -> Response:
    """List the chats of a folder with all their messages."""
    folder = services().webui.folders.get(principal(), key_of(folder_id))
    return success(present_all(services().webui.lists.whole_of_folder(principal(), folder.id)))


@blueprint.get("/api/v1/chats/folder/<folder_id>/list")
@reads_only
@signed_in_only
def list_rows(folder_id: str) -> Response:
    """List the chats of a folder, 60 a page."""
    query = query_arguments(ConversationQuery)
    folder = services().webui.folders.get(principal(), key_of(folder_id))
    wanted = query.in_folder(folder.id)
    return success(present_rows(services().webui.lists.page(principal(), query.page or 1, wanted)))


@blueprint.post("/api/v1/chats/<conversation_id>/folder")
@signed_in_only
def move(conversation_id: str) -> Response:
    """Put a chat into a folder, or out of its folder."""
    folder_id = key_of(json_body(ParentRequest).folder_id)
    kept = services().webui.conversations
    moved = kept.move(principal(), key_of(conversation_id), folder_id)
    tell_access_changed(moved.row.id, "")
    return success(present_conversation(moved))


@blueprint.post("/api/v1/chats/<conversation_id>/unread")
@signed_in_only
def forget_reading(conversation_id: str) -> Response:
    """Note that a chat is still to be read."""
    kept, chat_id = services().webui.conversations, key_of(conversation_id)
    kept.mark_read(principal(), chat_id, 0)
    row = kept.row(principal(), chat_id)
    counts = services().webui.folders.unread(principal())
    return success(present_unread(chat_id, row.folder, counts))


@blueprint.post("/api/v1/chats/read")
@signed_in_only
def read_all() -> Response:
    """Note that all chats were read."""
    services().webui.conversations.mark_all_read(principal())
    return success(present_truth(value=True))
