"""Files: uploaded, read in the background, shown, and deleted."""

from flask import Blueprint, Response, request

from api.apps.openwebui.door import DOOR, signed_in_only, success
from api.errors import ArgumentError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved, shown
from api.http.framing import Framing
from api.http.requests import json_body, query_arguments, validated
from api.http.streaming import event_stream
from api.schemas.openai.file import named_file
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.file import (
    ContentQuery,
    FileSearchQuery,
    FilesQuery,
    RenameRequest,
    StatusQuery,
    UploadForm,
    UploadQuery,
    present_file,
    present_files,
    present_found,
    present_gone,
    present_status,
    present_text,
    present_uploaded,
    present_whole_file,
    status_events,
)
from api.schemas.openwebui.session import present_number
from api.services.accounts.records import Principal
from api.services.files.values import ReceivedFile
from api.services.stores.knowledge_files import KnowledgeFiles
from api.services.stores.knowledge_values import PAGE

FRAMING = Framing(DOOR.stream.failure, b"")
"""Ends without a word: the last event is the end."""

ONE_FILE = "/api/v1/files/<file_id>"

blueprint = Blueprint("files", __name__)


def kept() -> KnowledgeFiles:
    """Return what keeps files."""
    return services().stores.knowledge_files


def reader(file_id: str) -> Principal:
    """Return by whose rights the asker reads a file, which may be in a channel of theirs."""
    return services().channels.messages.reader(principal(), key_of(file_id))


@blueprint.post("/api/v1/files")
@signed_in_only
def upload() -> Response:
    """Store a file, and begin to read it unless `process` is false."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    received, wanted = file_of_form(), query_arguments(UploadQuery)
    places = validated(UploadForm, request.form.to_dict()).places()
    made = kept().upload(principal(), received, *places, read=wanted.process)
    return success(present_uploaded(made))


def file_of_form() -> ReceivedFile:
    """Return the one file of the request."""
    files = request.files.getlist("file")
    if len(files) != 1:
        raise ArgumentError("file: a form with one file is required.")
    return named_file(files[0].filename or "", files[0].stream)


@blueprint.get("/api/v1/files")
@reads_only
@signed_in_only
def list_files() -> Response:
    """List the asker's files, the newest first, 30 a page."""
    wanted = query_arguments(FilesQuery)
    return success(present_files(kept().list_page(principal(), PAGE, wanted.offset)))


@blueprint.get("/api/v1/files/search")
@blueprint.get("/api/v1/files/user/search")
@reads_only
@signed_in_only
def search() -> Response:
    """List the asker's files whose names fit a pattern with `*` and `?`."""
    wanted = query_arguments(FileSearchQuery)
    found = kept().list_page(principal(), wanted.limit, wanted.skip, wanted.filename)
    return success(present_found(found))


@blueprint.get("/api/v1/files/count")
@blueprint.get("/api/v1/files/user/count")
@reads_only
@signed_in_only
def count() -> Response:
    """Count the asker's files."""
    return success(present_number(kept().list_page(principal(), 1, 0).total))


@blueprint.get(ONE_FILE)
@reads_only
@signed_in_only
def show(file_id: str) -> Response:
    """Show a file with its text."""
    asker = reader(file_id)
    found = kept().get(asker, key_of(file_id))
    return success(present_whole_file(found, kept().text_of(asker, found)))


@blueprint.get(f"{ONE_FILE}/process/status")
@signed_in_only
def status(file_id: str) -> Response:
    """Tell how far the reading of a file is, once or until it ends."""
    asked = (principal(), key_of(file_id))
    found = kept().get(*asked)
    if query_arguments(StatusQuery).stream:
        follow = kept().follow
        return event_stream(lambda: status_events(follow(*asked)), FRAMING)
    return success(present_status(found))


@blueprint.get(f"{ONE_FILE}/data/content")
@reads_only
@signed_in_only
def text(file_id: str) -> Response:
    """Show the text of a file as it was read."""
    return success(present_text(kept().text(reader(file_id), key_of(file_id))))


@blueprint.get(f"{ONE_FILE}/content")
@blueprint.get(f"{ONE_FILE}/content/<saved_as>")
@signed_in_only
def content(file_id: str, saved_as: str = "") -> Response:
    """Send the bytes of a file, which a browser shows where it can; its name is known already."""
    del saved_as
    found = kept().download(reader(file_id), key_of(file_id))
    return saved(found) if query_arguments(ContentQuery).attachment else shown(found)


@blueprint.post(f"{ONE_FILE}/rename")
@signed_in_only
def rename(file_id: str) -> Response:
    """Call a file otherwise."""
    name = json_body(RenameRequest).chosen()
    return success(present_file(kept().rename(principal(), key_of(file_id), name)))


@blueprint.delete(ONE_FILE)
@signed_in_only
def delete(file_id: str) -> Response:
    """Delete a file, with what knowledge bases have of it."""
    kept().delete(principal(), key_of(file_id))
    return success(present_gone())
