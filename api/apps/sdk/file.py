"""REST pages of files and folders, at their older addresses."""

from flask import Blueprint, Response, request

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import shown
from api.http.paging import followed
from api.http.received import files_of_form
from api.http.requests import json_body, query_arguments
from api.schemas.file import (
    FileIdQuery,
    FileIds,
    FileQuery,
    FolderRequest,
    LinkRequest,
    MoveRequest,
    RenameRequest,
    present_ancestors,
    present_file,
    present_link,
    present_list,
    present_parent,
    present_root,
)

blueprint = Blueprint("file", __name__)


@blueprint.post("/file/upload")
@api_key_required
def upload() -> Response:
    """Add files to a folder, with the folders that their paths name."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    received = files_of_form()
    made = services().files.uploads.upload(principal(), request.form.get("parent_id", ""), received)
    return success([present_file(file) for file in made])


@blueprint.post("/file/create")
@api_key_required
def create() -> Response:
    """Make a folder."""
    wanted = json_body(FolderRequest)
    made = services().files.files.create_folder(principal(), wanted.parent_id or "", wanted.name)
    return success(present_file(made))


@blueprint.get("/file/list")
@reads_only
@api_key_required
def list_files() -> Response:
    """List what is in a folder."""
    query = query_arguments(FileQuery)
    tree = services().files.tree
    found = tree.list_page(principal(), query.parent_id, query.wanted(), query.part())
    return followed(success(present_list(found, query)), query.next_after(found.files))


@blueprint.get("/file/root_folder")
@reads_only
@api_key_required
def root_folder() -> Response:
    """Show the root."""
    return success(present_root(services().files.tree.top(principal())))


@blueprint.get("/file/parent_folder")
@reads_only
@api_key_required
def parent_folder() -> Response:
    """Show the folder that a file is in."""
    file_id = query_arguments(FileIdQuery).file_id
    return success(present_parent(services().files.tree.parent(principal(), file_id)))


@blueprint.get("/file/all_parent_folder")
@reads_only
@api_key_required
def all_parent_folder() -> Response:
    """Show a file and the folders above it."""
    file_id = query_arguments(FileIdQuery).file_id
    return success(present_ancestors(services().files.tree.ancestors(principal(), file_id)))


@blueprint.post("/file/rm")
@api_key_required
def rm() -> Response:
    """Delete files and folders, with the documents made of them."""
    services().files.deletion.delete(principal(), json_body(FileIds).file_ids)
    return success(data=True)


@blueprint.post("/file/rename")
@api_key_required
def rename() -> Response:
    """Rename a file or folder."""
    wanted = json_body(RenameRequest)
    services().files.files.rename(principal(), wanted.file_id, wanted.name)
    return success(data=True)


@blueprint.get("/file/get/<file_id>")
@api_key_required
def get(file_id: str) -> Response:
    """Send a file to be shown."""
    return shown(services().files.files.download(principal(), file_id))


@blueprint.post("/file/mv")
@api_key_required
def mv() -> Response:
    """Move files and folders into a folder."""
    services().files.files.move(principal(), json_body(MoveRequest).move())
    return success(data=True)


@blueprint.post("/file/convert")
@api_key_required
def convert() -> Response:
    """Link files to documents in the given datasets, and in no others."""
    wanted = json_body(LinkRequest)
    links = services().files.links
    made = links.convert(principal(), wanted.file_ids, wanted.kb_ids, keep=wanted.keep)
    return success([present_link(link) for link in made])
