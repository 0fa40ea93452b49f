"""Files that are put into vector stores, now or later."""

from flask import Blueprint, Response, request

from api.apps.openai.door import key_required, success
from api.errors import ArgumentError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved
from api.http.requests import query_arguments, validated
from api.schemas.openai.file import (
    FileForm,
    FilesQuery,
    named_file,
    openai_id,
    present_file,
    present_files,
)
from api.schemas.openai.naming import bare, present_deleted
from api.services.files.values import ReceivedFile

blueprint = Blueprint("files", __name__)


@blueprint.post("/v1/files")
@key_required
def create() -> Response:
    """Store a file."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    received = file_of_form()
    purpose = validated(FileForm, request.form.to_dict()).purpose
    [made] = services().files.uploads.upload(principal(), "", [received], purpose)
    return success(present_file(made))


def file_of_form() -> ReceivedFile:
    """Return the one file of the request."""
    files = request.files.getlist("file")
    if len(files) != 1:
        raise ArgumentError("file: a form with one file is required.")
    return named_file(files[0].filename or "", files[0].stream)


@blueprint.get("/v1/files")
@reads_only
@key_required
def list_files() -> Response:
    """List the files."""
    query = query_arguments(FilesQuery)
    tree = services().files.tree
    return success(present_files(tree.list_part(principal(), query.purposes(), query.cursor())))


@blueprint.get("/v1/files/<file_id>")
@reads_only
@key_required
def show(file_id: str) -> Response:
    """Show a file."""
    return success(present_file(services().files.files.file(principal(), bare(file_id))))


@blueprint.get("/v1/files/<file_id>/content")
@key_required
def content(file_id: str) -> Response:
    """Send the bytes of a file."""
    return saved(services().files.files.download(principal(), bare(file_id)))


@blueprint.delete("/v1/files/<file_id>")
@key_required
def delete(file_id: str) -> Response:
    """Delete a file, and what vector stores have of it."""
    services().files.deletion.delete_file(principal(), bare(file_id))
    return success(present_deleted(openai_id(file_id), "file"))
