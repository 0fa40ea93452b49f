"""Chats: read, changed and deleted, each with the tree of its messages."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.auditing import note_overseen
from api.http.authentication import reads_only
from api.http.chat_telling import tell_access_changed, tell_messages, tell_readers_changed
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.conversation import (
    ConversationRequest,
    ParametersRequest,
    SaidRequest,
    key_of,
    present_conversation,
)
from api.schemas.openwebui.session import present_truth
from api.services.webui.conversations import ConversationService

blueprint = Blueprint("chats", __name__)


def kept() -> ConversationService:
    """Return what keeps chats."""
    return services().webui.conversations


@blueprint.post("/api/v1/chats/new")
@signed_in_only
def create() -> Response:
    """Keep a new chat with the messages that are given."""
    given = json_body(ConversationRequest)
    parts = given.title(), given.change().body, given.tree()
    made = kept().create(principal(), *parts, key_of(given.folder_id))
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
    seen = services().webui.oversight.get(principal(), key_of(conversation_id))
    if seen.is_overseen:
        note_overseen()
    return success(present_conversation(seen.conversation))


@blueprint.post("/api/v1/chats/<conversation_id>")
@signed_in_only
def change(conversation_id: str) -> Response:
    """Change those keys of a chat that are given; a history takes the place of all messages."""
    wanted = json_body(ConversationRequest).change()
    changed = kept().change(principal(), key_of(conversation_id), wanted)
    tell_messages(changed)
    return success(present_conversation(changed))


@blueprint.patch("/api/v1/chats/<conversation_id>/params")
@signed_in_only
def change_parameters(conversation_id: str) -> Response:
    """Keep how models are to answer in a chat, in place of what was kept of that."""
    wanted = json_body(ParametersRequest).change()
    changed = kept().change(principal(), key_of(conversation_id), wanted)
    return success(present_conversation(changed))


@blueprint.delete("/api/v1/chats/<conversation_id>")
@signed_in_only
def delete(conversation_id: str) -> Response:
    """Delete a chat with its messages."""
    chat_id = key_of(conversation_id)
    kept().delete(principal(), chat_id)
    tell_readers_changed(chat_id)
    return success(present_truth(value=True))


@blueprint.post("/api/v1/chats/<conversation_id>/messages/<message_id>")
@signed_in_only
def say(conversation_id: str, message_id: str) -> Response:
    """Change the text of a message."""
    said = json_body(SaidRequest).content
    changed = kept().say(principal(), key_of(conversation_id), message_id, said)
    tell_messages(changed)
    return success(present_conversation(changed))


@blueprint.delete("/api/v1/chats/<conversation_id>/messages/<message_id>")
@signed_in_only
def cut(conversation_id: str, message_id: str) -> Response:
    """Delete a message and those that answer it; what answers these moves up."""
    changed = kept().cut(principal(), key_of(conversation_id), message_id)
    tell_messages(changed)
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
    """Archive a chat, which leaves its folder, or take it out of the archive."""
    found = kept().archive(principal(), key_of(conversation_id))
    tell_access_changed(found.row.id, "")
    return success(present_conversation(found))
