"""The directories of knowledge bases, and keeping these as a client's files are."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.conversation import key_of
from api.schemas.openwebui.directory import (
    CleanupRequest,
    DirectoryChangeRequest,
    DirectoryGoneQuery,
    DirectoryRequest,
    ManifestRequest,
    MoveRequest,
    present_difference,
    present_directory,
    present_directory_gone,
    present_done,
)
from api.services.stores.directories import DirectoryService

ONE_BASE = "/api/v1/knowledge/<dataset_id>"
ONE_DIRECTORY = f"{ONE_BASE}/dirs/<directory_id>"

blueprint = Blueprint("knowledge_directories", __name__)


def kept() -> DirectoryService:
    """Return what keeps directories."""
    return services().stores.directories


@blueprint.post(f"{ONE_BASE}/dirs/create")
@signed_in_only
def create(dataset_id: str) -> Response:
    """Make a directory, unless there is one of its name."""
    body = json_body(DirectoryRequest)
    made = kept().create(principal(), key_of(dataset_id), body.name, body.parent())
    return success(present_directory(made))


@blueprint.post(f"{ONE_DIRECTORY}/update")
@signed_in_only
def change(dataset_id: str, directory_id: str) -> Response:
    """Call a directory otherwise, or put it into another one."""
    wanted = json_body(DirectoryChangeRequest).change()
    asked = (principal(), key_of(dataset_id), key_of(directory_id))
    return success(present_directory(kept().change(*asked, wanted)))


@blueprint.delete(f"{ONE_DIRECTORY}/delete")
@signed_in_only
def delete(dataset_id: str, directory_id: str) -> Response:
    """Delete a directory; its files go up to where it was, or with it."""
    asked = (principal(), key_of(dataset_id), key_of(directory_id))
    stays = query_arguments(DirectoryGoneQuery).move_files
    return success(present_directory_gone(kept().delete(*asked, move=stays)))


@blueprint.post(f"{ONE_BASE}/file/move")
@signed_in_only
def move(dataset_id: str) -> Response:
    """Put a file into a directory, or to the top."""
    body = json_body(MoveRequest)
    place = key_of(body.directory_id or "")
    kept().move(principal(), key_of(dataset_id), key_of(body.file_id), place)
    return success(present_done())


@blueprint.post(f"{ONE_BASE}/sync/diff")
@signed_in_only
def diff(dataset_id: str) -> Response:
    """Tell how the files of a client differ from those of a knowledge base."""
    told = json_body(ManifestRequest).told()
    return success(present_difference(kept().diff(principal(), key_of(dataset_id), told)))


@blueprint.post(f"{ONE_BASE}/sync/cleanup")
@signed_in_only
def clean(dataset_id: str) -> Response:
    """Take out what a client does not have any more."""
    body = json_body(CleanupRequest)
    gone = ([key_of(one) for one in body.file_ids], [key_of(one) for one in body.dir_ids])
    kept().clean(principal(), key_of(dataset_id), *gone)
    return success(present_done())
