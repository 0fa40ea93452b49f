"""Files in vector stores, and batches of them."""

from flask import Blueprint, Response

from api.apps.openai.door import key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openai.file import openai_id
from api.schemas.openai.naming import bare, present_deleted
from api.schemas.openai.store_file import (
    AttachRequest,
    AttributesRequest,
    BatchAnswer,
    BatchRequest,
    StoreFileAnswer,
    StoreFilesQuery,
    present_batch,
    present_content,
    present_store_file,
    present_store_files,
)

blueprint = Blueprint("store_files", __name__)

STORE = "/v1/vector_stores/<dataset_id>"

POLL_AFTER_MS = "250"
"""After how long a client that waits for a file is to ask again."""


def told(answer: StoreFileAnswer | BatchAnswer) -> Response:
    """Answer a file or a batch; while it is in progress, with when to ask again."""
    response = success(answer)
    if answer["status"] == "in_progress":
        response.headers["openai-poll-after-ms"] = POLL_AFTER_MS
    return response


@blueprint.post(f"{STORE}/files")
@key_required
def attach(dataset_id: str) -> Response:
    """Put a file into a vector store, and begin to read it."""
    wanted = [json_body(AttachRequest).attachment()]
    [made] = services().stores.files.attach(principal(), bare(dataset_id), wanted)
    return told(present_store_file(made))


@blueprint.get(f"{STORE}/files")
@reads_only
@key_required
def list_files(dataset_id: str) -> Response:
    """List the files of a vector store."""
    query = query_arguments(StoreFilesQuery)
    asked = (principal(), bare(dataset_id), query.wanted(), query.cursor())
    return success(present_store_files(services().stores.files.list_part(*asked)))


@blueprint.get(f"{STORE}/files/<file_id>")
@reads_only
@key_required
def show(dataset_id: str, file_id: str) -> Response:
    """Show a file of a vector store."""
    found = services().stores.files.get(principal(), bare(dataset_id), bare(file_id))
    return told(present_store_file(found))


@blueprint.post(f"{STORE}/files/<file_id>")
@key_required
def change(dataset_id: str, file_id: str) -> Response:
    """Give a file other attributes."""
    attributes = json_body(AttributesRequest).attributes or {}
    asked = (principal(), bare(dataset_id), bare(file_id), attributes)
    return told(present_store_file(services().stores.files.update(*asked)))


@blueprint.delete(f"{STORE}/files/<file_id>")
@key_required
def detach(dataset_id: str, file_id: str) -> Response:
    """Take a file out of a vector store; the file itself stays."""
    services().stores.files.detach(principal(), bare(dataset_id), bare(file_id))
    return success(present_deleted(openai_id(file_id), "vector_store.file.deleted"))


@blueprint.get(f"{STORE}/files/<file_id>/content")
@reads_only
@key_required
def content(dataset_id: str, file_id: str) -> Response:
    """Show the text of a file as it was cut."""
    found = services().stores.files.texts(principal(), bare(dataset_id), bare(file_id))
    return success(present_content(*found))


@blueprint.post(f"{STORE}/file_batches")
@key_required
def create_batch(dataset_id: str) -> Response:
    """Put files into a vector store together."""
    wanted = json_body(BatchRequest).attachments()
    made = services().stores.batches.create(principal(), bare(dataset_id), wanted)
    return told(present_batch(made))


@blueprint.get(f"{STORE}/file_batches/<batch_id>")
@reads_only
@key_required
def show_batch(dataset_id: str, batch_id: str) -> Response:
    """Show a batch."""
    found = services().stores.batches.get(principal(), bare(dataset_id), bare(batch_id))
    return told(present_batch(found))


@blueprint.post(f"{STORE}/file_batches/<batch_id>/cancel")
@key_required
def cancel_batch(dataset_id: str, batch_id: str) -> Response:
    """Stop to read the files of a batch that are not read yet."""
    found = services().stores.batches.cancel(principal(), bare(dataset_id), bare(batch_id))
    return told(present_batch(found))


@blueprint.get(f"{STORE}/file_batches/<batch_id>/files")
@reads_only
@key_required
def list_batch_files(dataset_id: str, batch_id: str) -> Response:
    """List the files of a batch."""
    query = query_arguments(StoreFilesQuery)
    asked = (principal(), bare(dataset_id), query.wanted(bare(batch_id)), query.cursor())
    return success(present_store_files(services().stores.batches.list_part(*asked)))
