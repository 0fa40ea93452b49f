"""Folders of chats, within each other."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.chat_telling import tell_folder_changed, tell_readers_changed
from api.http.choosing import where_on
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import ConversationQuery, key_of
from api.schemas.openwebui.folder import (
    ExpandedRequest,
    FolderDeletion,
    FolderRequest,
    ParentRequest,
    present_folder,
    present_folder_chats,
    present_folders,
    present_shared_folder,
    present_shared_folders,
)
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.session import present_truth
from api.services.webui.folders import FolderService
from api.services.webui.lists import PAGE
from api.services.webui.shared_folders import MOST_TOLD
from api.things import Kind

blueprint = Blueprint("folders", __name__)
blueprint.before_request(where_on("folders", "Folders of chats"))


def kept() -> FolderService:
    """Return what keeps folders."""
    return services().webui.folders


@blueprint.get("/api/v1/folders")
@reads_only
@signed_in_only
def list_folders() -> Response:
    """List all folders of the asker, each with how many of its chats are unread."""
    return success(present_folders(kept().list_all(principal())))


@blueprint.get("/api/v1/folders/shared")
@reads_only
@signed_in_only
def list_shared() -> Response:
    """List the folders of others that are granted to the asker."""
    return success(present_shared_folders(services().webui.shared_folders.list_for(principal())))


@blueprint.post("/api/v1/folders")
@signed_in_only
def create() -> Response:
    """Make a folder."""
    given = json_body(FolderRequest)
    return success(present_folder(kept().create(principal(), given.new(), given.parent())))


@blueprint.get("/api/v1/folders/<folder_id>")
@reads_only
@signed_in_only
def show(folder_id: str) -> Response:
    """Show a folder, one's own or one that is granted."""
    found = services().webui.shared_folders.get(principal(), key_of(folder_id))
    return success(present_shared_folder(found))


@blueprint.post("/api/v1/folders/<folder_id>/access/update")
@signed_in_only
def set_access(folder_id: str) -> Response:
    """Say to whom a folder is granted with the chats in it: to these, and to nobody else."""
    wanted, folder = json_body(AccessRequest).wanted(), key_of(folder_id)
    services().groups.sharing.share(principal(), Kind.CHAT_FOLDER, folder, wanted)
    tell_folder_changed(folder)
    return success(present_shared_folder(services().webui.shared_folders.get(principal(), folder)))


@blueprint.post("/api/v1/folders/<folder_id>/update")
@signed_in_only
def change(folder_id: str) -> Response:
    """Change the name of a folder, and keys of what it has."""
    given = json_body(FolderRequest).change()
    return success(present_folder(kept().change(principal(), key_of(folder_id), given)))


@blueprint.post("/api/v1/folders/<folder_id>/update/parent")
@signed_in_only
def move(folder_id: str) -> Response:
    """Put a folder into another one, or to the top."""
    parent = key_of(json_body(ParentRequest).parent_id)
    return success(present_folder(kept().move(principal(), key_of(folder_id), parent)))


@blueprint.post("/api/v1/folders/<folder_id>/update/expanded")
@signed_in_only
def expand(folder_id: str) -> Response:
    """Note whether what is in a folder is shown."""
    expanded = json_body(ExpandedRequest).is_expanded
    found = kept().expand(principal(), key_of(folder_id), expanded=expanded)
    return success(present_folder(found))


@blueprint.post("/api/v1/folders/<folder_id>/read")
@signed_in_only
def read(folder_id: str) -> Response:
    """Note that all chats in a folder were read."""
    kept().mark_read(principal(), key_of(folder_id))
    return success(present_truth(value=True))


@blueprint.delete("/api/v1/folders/<folder_id>")
@signed_in_only
def delete(folder_id: str) -> Response:
    """Delete a folder with its folders and chats, or let the chats move out."""
    whole = query_arguments(FolderDeletion).delete_contents
    gone = kept().delete(principal(), key_of(folder_id), with_contents=whole)
    tell_readers_changed(*gone[:MOST_TOLD])
    return success(present_truth(value=True))


@blueprint.get("/api/v1/folders/<folder_id>/shared/chats")
@reads_only
@signed_in_only
def list_chats(folder_id: str) -> Response:
    """List the chats of a folder, 60 a page, with whose they are."""
    asker, query = principal(), query_arguments(ConversationQuery)
    page, shared = query.page or 1, services().webui.shared_folders
    folder = shared.get(asker, key_of(folder_id))
    found, total = shared.chats(asker, folder, page, query.in_folder(folder.folder.id))
    has_more = total > page * PAGE
    return success(present_folder_chats(folder, found, total, has_more=has_more))
