"""REST pages of files and folders, as later versions have them."""

from flask import Blueprint, Response, request

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved
from api.http.paging import followed
from api.http.received import files_of_form
from api.http.requests import json_body, query_arguments
from api.schemas.file import (
    DeleteFiles,
    FileQuery,
    FolderRequest,
    LinkRequest,
    MoveOrRename,
    present_ancestors,
    present_deleted,
    present_file,
    present_folder,
    present_granted,
    present_link,
    present_parent,
)

blueprint = Blueprint("files", __name__)


@blueprint.post("/files")
@api_key_required
def add() -> Response:
    """Make a folder, or add the files of a form to one."""
    if request.is_json:
        return create_folder()
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    received = files_of_form()
    made = services().files.uploads.upload(principal(), request.form.get("parent_id", ""), received)
    return success([present_file(file) for file in made])


@blueprint.get("/files")
@reads_only
@api_key_required
def list_files() -> Response:
    """List what is in a folder."""
    query = query_arguments(FileQuery)
    tree = services().files.tree
    found = tree.list_page(principal(), query.parent_id, query.wanted(), query.part())
    return followed(success(present_folder(found, query)), query.next_after(found.files))


@blueprint.delete("/files")
@api_key_required
def delete() -> Response:
    """Delete files and folders, with the documents made of them."""
    count = services().files.deletion.delete(principal(), json_body(DeleteFiles).ids)
    return success(present_deleted(count))


@blueprint.post("/files/move")
@api_key_required
def move() -> Response:
    """Move files and folders, or give one another name."""
    services().files.files.move(principal(), json_body(MoveOrRename).move())
    return success(data=True)


@blueprint.post("/files/link-to-datasets")
@api_key_required
def link() -> Response:
    """Link files to documents in the given datasets, and in no others."""
    wanted = json_body(LinkRequest)
    links = services().files.links
    made = links.convert(principal(), wanted.file_ids, wanted.kb_ids, keep=wanted.keep)
    return success([present_link(link) for link in made])


@blueprint.get("/files/granted")
@reads_only
@api_key_required
def list_granted() -> Response:
    """List the files and folders of others that are granted to the asker."""
    found = services().files.tree.list_granted(principal())
    return success([present_granted(one) for one in found])


@blueprint.get("/files/<file_id>")
@api_key_required
def get(file_id: str) -> Response:
    """Send a file to be saved."""
    return saved(services().files.files.download(principal(), file_id))


@blueprint.put("/files/<file_id>")
@api_key_required
def replace(file_id: str) -> Response:
    """Give a file other content; documents that were made of it keep theirs."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    file = services().files.replacement.replace(principal(), file_id, files_of_form())
    return success(present_file(file))


@blueprint.get("/files/<file_id>/parent")
@reads_only
@api_key_required
def parent(file_id: str) -> Response:
    """Show the folder that a file is in."""
    return success(present_parent(services().files.tree.parent(principal(), file_id)))


@blueprint.get("/files/<file_id>/ancestors")
@reads_only
@api_key_required
def ancestors(file_id: str) -> Response:
    """Show a file and the folders above it."""
    return success(present_ancestors(services().files.tree.ancestors(principal(), file_id)))


def create_folder() -> Response:
    """Make a folder."""
    wanted = json_body(FolderRequest)
    made = services().files.files.create_folder(principal(), wanted.parent_id or "", wanted.name)
    return success(present_file(made))
