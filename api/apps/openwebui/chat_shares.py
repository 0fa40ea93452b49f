"""Chats that others may read, and to whom that is granted."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.chat_telling import tell_access_changed
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import key_of, present_conversation
from api.schemas.openwebui.copying import CloneRequest
from api.schemas.openwebui.grant import present_grants
from api.schemas.openwebui.session import present_truth
from api.schemas.openwebui.share import (
    PageRequest,
    ShareAccessRequest,
    ShareRequest,
    present_shared,
)
from api.services.unset import UNSET
from api.services.webui.shares import ConversationShareService
from api.things import Kind

blueprint = Blueprint("chat_shares", __name__)


def shares() -> ConversationShareService:
    """Return what shares chats."""
    return services().webui.shares


@blueprint.get("/api/v1/chats/shared")
@reads_only
@signed_in_only
def list_shared() -> Response:
    """List the chats that the asker shares, 60 a page, the last shared first."""
    page = query_arguments(PageRequest).page
    return success(present_shared(shares().page(principal(), page)))


@blueprint.post("/api/v1/chats/<conversation_id>/share")
@signed_in_only
def share(conversation_id: str) -> Response:
    """Share a chat as it is now, or to be gone on with; who may do that is granted beside."""
    mode, chat_id = json_body(ShareRequest).mode(), key_of(conversation_id)
    found = shares().share(principal(), chat_id, mode)
    tell_access_changed(chat_id, found.share_id)
    return success(present_conversation(found))


@blueprint.delete("/api/v1/chats/<conversation_id>/share")
@signed_in_only
def end(conversation_id: str) -> Response:
    """Share a chat no more; the answer tells whether it was shared."""
    chat_id = key_of(conversation_id)
    share_id = shares().shared_as(principal(), chat_id)
    ended = shares().end(principal(), chat_id)
    tell_access_changed(chat_id, share_id)
    return success(present_truth(value=ended))


@blueprint.get("/api/v1/chats/share/<shared_id>")
@reads_only
@signed_in_only
def show(shared_id: str) -> Response:
    """Show a chat as it was when it was shared, or as it goes on, to whom that is granted."""
    return success(present_conversation(shares().get(principal(), key_of(shared_id))))


@blueprint.post("/api/v1/chats/<shared_id>/clone/shared")
@signed_in_only
def clone(shared_id: str) -> Response:
    """Copy a shared chat into one of the asker's own."""
    found = shares().get(principal(), key_of(shared_id))
    title = json_body(CloneRequest).title
    return success(present_conversation(services().webui.copies.copy(principal(), found, title)))


@blueprint.get("/api/v1/chats/shared/<conversation_id>/access")
@reads_only
@signed_in_only
def show_access(conversation_id: str) -> Response:
    """List to whom a shared chat is granted: nobody while it is not shared."""
    share_id = shares().shared_as(principal(), key_of(conversation_id))
    grants = services().groups.grants
    found = grants.list_grants(principal(), Kind.CONVERSATION, share_id) if share_id else []
    return success(present_grants("shared_chat", share_id, found))


@blueprint.post("/api/v1/chats/shared/<conversation_id>/access/update")
@signed_in_only
def change_access(conversation_id: str) -> Response:
    """Say to whom a shared chat is granted: to these, and to nobody else."""
    body, chat_id = json_body(ShareAccessRequest), key_of(conversation_id)
    share_id = shares().id_of(principal(), chat_id)
    given = body.mode()
    mode = shares().mode_of(principal(), chat_id) if given is UNSET else given
    wanted = body.wanted() if mode else body.reading()
    grants = services().groups.grants
    found = grants.set_grants(principal(), Kind.CONVERSATION, share_id, wanted)
    shares().set_mode(principal(), chat_id, mode)
    tell_access_changed(chat_id, share_id)
    return success(present_grants("shared_chat", share_id, found))
