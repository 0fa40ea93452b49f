"""Lists of chats."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openwebui.conversation import (
    ArchiveQuery,
    ConversationQuery,
    present_rows,
)
from api.schemas.openwebui.seeking import SearchQuery
from api.schemas.openwebui.session import present_number
from api.services.webui.lists import PINNED

blueprint = Blueprint("chat_lists", __name__)


@blueprint.get("/api/v1/chats")
@blueprint.get("/api/v1/chats/list")
@reads_only
@signed_in_only
def list_chats() -> Response:
    """List the asker's chats, 60 a page, those last changed first; without a page all of them."""
    wanted = query_arguments(ConversationQuery)
    found = services().webui.lists.page(principal(), wanted.page, wanted.wanted())
    return success(present_rows(found))


@blueprint.get("/api/v1/chats/pinned")
@reads_only
@signed_in_only
def list_pinned() -> Response:
    """List the asker's pinned chats."""
    return success(present_rows(services().webui.lists.page(principal(), 0, PINNED)))


@blueprint.get("/api/v1/chats/archived")
@reads_only
@signed_in_only
def list_archived() -> Response:
    """List the asker's archived chats, 60 a page."""
    wanted = query_arguments(ArchiveQuery)
    found = services().webui.lists.page(principal(), wanted.page, wanted.wanted())
    return success(present_rows(found))


@blueprint.get("/api/v1/chats/search")
@reads_only
@signed_in_only
def search() -> Response:
    """List the chats that have words in their titles or messages, 60 a page."""
    wanted = query_arguments(SearchQuery)
    found = services().webui.search.page(principal(), wanted.sought(), wanted.page)
    return success(present_rows(found))


@blueprint.get("/api/v1/chats/archived/count")
@reads_only
@signed_in_only
def count_archived() -> Response:
    """Count the asker's archived chats."""
    return success(present_number(services().webui.lists.count_archived(principal())))
