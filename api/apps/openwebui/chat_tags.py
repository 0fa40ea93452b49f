"""Tags of chats."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.conversation import key_of, present_rows
from api.schemas.openwebui.session import present_truth
from api.schemas.openwebui.tag import TaggedRequest, TagRequest, present_tags
from api.services.webui.folder_records import ListFilter
from api.services.webui.tags import key_of_tag

blueprint = Blueprint("chat_tags", __name__)


@blueprint.get("/api/v1/chats/all/tags")
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the tags of all chats."""
    return success(present_tags(services().webui.tags.all_tags(principal())))


@blueprint.post("/api/v1/chats/tags")
@signed_in_only
def list_tagged() -> Response:
    """List the chats with a tag."""
    given = json_body(TaggedRequest)
    wanted = ListFilter(tags=(key_of_tag(given.name),))
    found = services().webui.lists.part(principal(), wanted, given.limit, given.skip)
    return success(present_rows(found))


@blueprint.get("/api/v1/chats/<conversation_id>/tags")
@reads_only
@signed_in_only
def list_tags(conversation_id: str) -> Response:
    """List the tags of a chat."""
    found = services().webui.tags.of_chat(principal(), key_of(conversation_id))
    return success(present_tags(found))


@blueprint.post("/api/v1/chats/<conversation_id>/tags")
@signed_in_only
def add(conversation_id: str) -> Response:
    """Give a chat a tag."""
    name = json_body(TagRequest).name
    return success(
        present_tags(services().webui.tags.add(principal(), key_of(conversation_id), name))
    )


@blueprint.delete("/api/v1/chats/<conversation_id>/tags")
@signed_in_only
def remove(conversation_id: str) -> Response:
    """Take a tag from a chat; a tag that no chat has is gone."""
    name = json_body(TagRequest).name
    left = services().webui.tags.remove(principal(), key_of(conversation_id), name)
    return success(present_tags(left))


@blueprint.delete("/api/v1/chats/<conversation_id>/tags/all")
@signed_in_only
def clear(conversation_id: str) -> Response:
    """Take all tags from a chat."""
    services().webui.tags.clear(principal(), key_of(conversation_id))
    return success(present_truth(value=True))
