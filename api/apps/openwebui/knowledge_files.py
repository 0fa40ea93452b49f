"""The files in knowledge bases."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import streamed
from api.http.requests import json_body, json_value, query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.knowledge import (
    FileRequest,
    FilesQuery,
    FoundQuery,
    ManyFilesRequest,
    PlacedFileRequest,
    RemoveQuery,
    present_base_files,
    present_filled_base,
    present_found_files,
    present_pending,
)
from api.services.stores.knowledge_bases import KnowledgeBases
from api.services.stores.knowledge_records import Base
from api.services.stores.knowledge_values import Wanted

ONE_BASE = "/api/v1/knowledge/<dataset_id>"

blueprint = Blueprint("knowledge_files", __name__)


def kept() -> KnowledgeBases:
    """Return what keeps knowledge bases."""
    return services().stores.knowledge_bases


def filled(base: Base) -> Response:
    """Answer with a knowledge base and the newest of its files."""
    files = kept().list_files(principal(), base.dataset.id, Wanted(order="create_time"))
    return success(present_filled_base(base, files))


@blueprint.get("/api/v1/knowledge/search/files")
@reads_only
@signed_in_only
def find_files() -> Response:
    """List files by words in their names, of all knowledge bases that the asker may read."""
    wanted = query_arguments(FoundQuery).wanted()
    return success(present_found_files(kept().find_files(principal(), wanted)))


@blueprint.get(f"{ONE_BASE}/files")
@reads_only
@signed_in_only
def list_files(dataset_id: str) -> Response:
    """List the files of a knowledge base, 30 a page."""
    wanted, asked = query_arguments(FilesQuery).wanted(), (principal(), key_of(dataset_id))
    tree = services().stores.directories.tree(*asked)
    return success(present_base_files(kept().list_files(*asked, wanted), tree, wanted))


@blueprint.get(f"{ONE_BASE}/files/pending")
@reads_only
@signed_in_only
def pending(dataset_id: str) -> Response:
    """List the files of a knowledge base that are being read, or wait for it."""
    return success(present_pending(kept().pending(principal(), key_of(dataset_id))))


@blueprint.get(f"{ONE_BASE}/export")
@signed_in_only
def export(dataset_id: str) -> Response:
    """Send the files of a knowledge base as one ZIP archive."""
    return streamed(*services().stores.archives.of_base(principal(), key_of(dataset_id)))


@blueprint.post(f"{ONE_BASE}/file/add")
@signed_in_only
def add(dataset_id: str) -> Response:
    """Put a file into a knowledge base, and begin to read it there."""
    body = json_body(PlacedFileRequest)
    place = key_of(body.directory_id or "")
    return filled(kept().add(principal(), key_of(dataset_id), [body.id()], place))


@blueprint.post(f"{ONE_BASE}/files/batch/add")
@signed_in_only
def add_many(dataset_id: str) -> Response:
    """Put many files into a knowledge base, all or none, and begin to read them there."""
    given = json_value()
    wanted = json_body(ManyFilesRequest, given if isinstance(given, dict) else {"files": given})
    return filled(kept().add(principal(), key_of(dataset_id), wanted.ids()))


@blueprint.post(f"{ONE_BASE}/file/update")
@signed_in_only
def read_again(dataset_id: str) -> Response:
    """Read a file of a knowledge base again."""
    wanted = json_body(FileRequest).id()
    return filled(kept().read_again(principal(), key_of(dataset_id), wanted))


@blueprint.post(f"{ONE_BASE}/file/remove")
@signed_in_only
def remove(dataset_id: str) -> Response:
    """Take a file out of a knowledge base; it goes where it is in no other."""
    wanted, goes = json_body(FileRequest).id(), query_arguments(RemoveQuery).delete_file
    asked = (principal(), key_of(dataset_id), [wanted])
    return filled(kept().remove(*asked, delete=goes))
