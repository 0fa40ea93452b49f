"""Chats: listed, read, changed and deleted, each with the tree of its messages."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import (
    ConversationQuery,
    ConversationRequest,
    SaidRequest,
    key_of,
    present_conversation,
    present_rows,
    present_tags,
)
from api.schemas.openwebui.session import present_number, present_truth
from api.services.webui.conversations import ConversationService

blueprint = Blueprint("chats", __name__)


def kept() -> ConversationService:
    """Return what keeps chats."""
    return services().webui.conversations


@blueprint.get("/api/v1/chats")
@blueprint.get("/api/v1/chats/list")
@reads_only
@signed_in_only
def list_chats() -> Response:
    """List the asker's chats, 60 a page, those last changed first; without a page all of them."""
    wanted = query_arguments(ConversationQuery)
    pinned = None if wanted.include_pinned else False
    return success(present_rows(kept().list_page(principal(), wanted.page, pinned=pinned)))


@blueprint.get("/api/v1/chats/pinned")
@reads_only
@signed_in_only
def list_pinned() -> Response:
    """List the asker's pinned chats."""
    return success(present_rows(kept().list_page(principal(), 0, pinned=True)))


@blueprint.get("/api/v1/chats/archived")
@reads_only
@signed_in_only
def list_archived() -> Response:
    """List the asker's archived chats, 60 a page."""
    wanted = query_arguments(ConversationQuery)
    return success(present_rows(kept().list_page(principal(), wanted.page, archived=True)))


@blueprint.get("/api/v1/chats/archived/count")
@reads_only
@signed_in_only
def count_archived() -> Response:
    """Count the asker's archived chats."""
    return success(present_number(kept().count_archived(principal())))


@blueprint.get("/api/v1/chats/all/tags")
@signed_in_only
def list_all_tags() -> Response:
    """Show that there are no tags yet."""
    return success(present_tags())


@blueprint.post("/api/v1/chats/new")
@signed_in_only
def create() -> Response:
    """Keep a new chat with the messages that are given."""
    given = json_body(ConversationRequest)
    made = kept().create(principal(), given.title(), given.change().body, given.tree())
    return success(present_conversation(made))


@blueprint.delete("/api/v1/chats")
@signed_in_only
def delete_all() -> Response:
    """Delete all chats of the asker."""
    kept().delete_all(principal())
    return success(present_truth(value=True))


@blueprint.post("/api/v1/chats/archive/all")
@signed_in_only
def archive_all() -> Response:
    """Archive all chats of the asker."""
    kept().archive_all(principal(), archived=True)
    return success(present_truth(value=True))


@blueprint.post("/api/v1/chats/unarchive/all")
@signed_in_only
def unarchive_all() -> Response:
    """Take all chats of the asker out of the archive."""
    kept().archive_all(principal(), archived=False)
    return success(present_truth(value=True))


@blueprint.get("/api/v1/chats/<conversation_id>")
@reads_only
@signed_in_only
def show(conversation_id: str) -> Response:
    """Show a chat with all its messages."""
    return success(present_conversation(kept().get(principal(), key_of(conversation_id))))


@blueprint.post("/api/v1/chats/<conversation_id>")
@signed_in_only
def change(conversation_id: str) -> Response:
    """Change those keys of a chat that are given; a history takes the place of all messages."""
    wanted = json_body(ConversationRequest).change()
    changed = kept().change(principal(), key_of(conversation_id), wanted)
    return success(present_conversation(changed))


@blueprint.delete("/api/v1/chats/<conversation_id>")
@signed_in_only
def delete(conversation_id: str) -> Response:
    """Delete a chat with its messages."""
    kept().delete(principal(), key_of(conversation_id))
    return success(present_truth(value=True))


@blueprint.post("/api/v1/chats/<conversation_id>/messages/<message_id>")
@signed_in_only
def say(conversation_id: str, message_id: str) -> Response:
    """Change the text of a message."""
    said = json_body(SaidRequest).content
    changed = kept().say(principal(), key_of(conversation_id), message_id, said)
    return success(present_conversation(changed))


@blueprint.delete("/api/v1/chats/<conversation_id>/messages/<message_id>")
@signed_in_only
def cut(conversation_id: str, message_id: str) -> Response:
    """Delete a message and those that answer it; what answers these moves up."""
    changed = kept().cut(principal(), key_of(conversation_id), message_id)
    return success(present_conversation(changed))


@blueprint.get("/api/v1/chats/<conversation_id>/pinned")
@reads_only
@signed_in_only
def is_pinned(conversation_id: str) -> Response:
    """Tell whether a chat is pinned."""
    return success(present_truth(kept().row(principal(), key_of(conversation_id)).is_pinned))


@blueprint.post("/api/v1/chats/<conversation_id>/pin")
@signed_in_only
def pin(conversation_id: str) -> Response:
    """Pin a chat, or no longer."""
    found = kept().toggle(principal(), key_of(conversation_id), "is_pinned")
    return success(present_conversation(found))


@blueprint.post("/api/v1/chats/<conversation_id>/archive")
@signed_in_only
def archive(conversation_id: str) -> Response:
    """Archive a chat, or take it out of the archive."""
    found = kept().toggle(principal(), key_of(conversation_id), "is_archived")
    return success(present_conversation(found))


@blueprint.get("/api/v1/chats/<conversation_id>/tags")
@reads_only
@signed_in_only
def list_tags(conversation_id: str) -> Response:
    """Show that a chat has no tags yet."""
    kept().row(principal(), key_of(conversation_id))
    return success(present_tags())
