"""Chat assistants, which the console's pages call dialogs."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.console.dialog import (
    DialogIdQuery,
    DialogIds,
    DialogQuery,
    DialogRequest,
    OwnersRequest,
    present_dialog,
    present_dialogs,
    present_rows,
)

blueprint = Blueprint("dialog", __name__)


@blueprint.post("/set")
@login_required
def save() -> Response:
    """Create an assistant, or change the one that is named."""
    wanted = json_body(DialogRequest)
    forms = services().chats.forms
    if wanted.dialog_id:
        saved = forms.update(principal(), wanted.dialog_id, wanted.changes())
    else:
        saved = forms.create(principal(), wanted.changes())
    return success(present_dialog(saved))


@blueprint.get("/get")
@reads_only
@login_required
def get() -> Response:
    """Show an assistant."""
    chat_id = query_arguments(DialogIdQuery).dialog_id
    return success(present_dialog(services().chats.chats.get(principal(), chat_id)))


@blueprint.get("/list")
@reads_only
@login_required
def list_all() -> Response:
    """List the assistants, the newest first."""
    query = query_arguments(DialogQuery)
    wanted = OwnersRequest().wanted(query.keywords)
    found = services().chats.chats.list_counted(principal(), wanted, query.part())
    return followed(
        success(present_rows(found, query)), query.next_after([shown.chat for shown in found.chats])
    )


@blueprint.post("/next")
@login_required
def list_page() -> Response:
    """List a page of the assistants, with their number."""
    query = query_arguments(DialogQuery)
    wanted = json_body(OwnersRequest).wanted(query.keywords)
    found = services().chats.chats.list_counted(principal(), wanted, query.part())
    after = query.next_after([shown.chat for shown in found.chats])
    return followed(success(present_dialogs(found, query)), after)


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete assistants with their conversations, all of them or none."""
    services().chats.forms.delete(principal(), json_body(DialogIds).dialog_ids)
    return success(data=True)
