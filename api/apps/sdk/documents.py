"""REST pages of documents and of their parsing."""

from flask import Blueprint, Response, request

from api.apps.sdk.door import api_key_required, done, success
from api.errors import ArgumentError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved
from api.http.paging import followed
from api.http.requests import json_body, query_arguments, validated
from api.schemas.base import DeleteRequest
from api.schemas.metadata import form_metadata
from api.schemas.sdk.document import (
    DocumentChangeRequest,
    DocumentIds,
    DocumentQuery,
    KnownRequest,
    ParseRequest,
    present_document,
    present_documents,
    present_known,
)
from api.schemas.sdk.preview import CutRequest, present_preview
from api.schemas.sdk.upload import EmptyUpload, UploadQuery, placed
from api.schemas.web_page import PageUpload
from api.services.library.values import Upload

blueprint = Blueprint("documents", __name__)


@blueprint.post("/datasets/<dataset_id>/documents")
@api_key_required
def upload_documents(dataset_id: str) -> Response:
    """Add files to a dataset, a page of the web, or a document without a file."""
    kind = query_arguments(UploadQuery).type
    if kind == "web":
        return add_page(dataset_id)
    if kind == "empty":
        return add_empty(dataset_id)
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    uploaded = services().library.uploads.upload(principal(), dataset_id, received_files())
    return success([present_document(document) for document in uploaded])


@blueprint.get("/datasets/<dataset_id>/documents")
@reads_only
@api_key_required
def list_documents(dataset_id: str) -> Response:
    """List the documents of a dataset."""
    query = query_arguments(DocumentQuery)
    documents = services().library.documents
    page = documents.list_page(principal(), dataset_id, query.wanted(), query.part())
    return followed(success(present_documents(page, query)), query.next_after(page.documents))


@blueprint.post("/datasets/<dataset_id>/documents/known")
@reads_only
@api_key_required
def known_documents(dataset_id: str) -> Response:
    """Tell which of some contents the dataset has already."""
    hashes = json_body(KnownRequest).content_hashes
    found = services().library.documents.with_hashes(principal(), dataset_id, hashes)
    return success(present_known(found))


@blueprint.post("/datasets/<dataset_id>/documents/<document_id>/preview")
@api_key_required
def preview_chunks(dataset_id: str, document_id: str) -> Response:
    """Cut a document without storing anything."""
    cut = json_body(CutRequest).cut()
    found = services().ingestion.preview.preview(principal(), dataset_id, document_id, cut)
    return success(present_preview(found))


@blueprint.delete("/datasets/<dataset_id>/documents")
@api_key_required
def delete_documents(dataset_id: str) -> Response:
    """Delete documents."""
    chosen = json_body(DeleteRequest).chosen()
    return done(services().library.documents.delete(principal(), dataset_id, chosen))


@blueprint.route("/datasets/<dataset_id>/documents/<document_id>", methods=["PUT", "PATCH"])
@api_key_required
def update_document(dataset_id: str, document_id: str) -> Response:
    """Change a document."""
    change = json_body(DocumentChangeRequest).change()
    changed = services().library.documents.update(principal(), dataset_id, document_id, change)
    return success(present_document(changed))


@blueprint.get("/datasets/<dataset_id>/documents/<document_id>")
@api_key_required
def download_document(dataset_id: str, document_id: str) -> Response:
    """Send the file of a document."""
    download = services().library.documents.download(principal(), dataset_id, document_id)
    return saved(download)


@blueprint.post("/datasets/<dataset_id>/chunks")
@api_key_required
def parse_documents(dataset_id: str) -> Response:
    """Parse documents."""
    body = json_body(ParseRequest)
    started = services().ingestion.parsing.parse(
        principal(), dataset_id, body.document_ids, discard_edits=body.discard_edits
    )
    return done(started)


@blueprint.delete("/datasets/<dataset_id>/chunks")
@api_key_required
def stop_parsing(dataset_id: str) -> Response:
    """Stop parsing documents."""
    body = json_body(DocumentIds)
    stopped = services().ingestion.parsing.stop(principal(), dataset_id, body.document_ids)
    return done(stopped)


@blueprint.post("/datasets/<dataset_id>/documents/parse")
@api_key_required
def parse_and_count(dataset_id: str) -> Response:
    """Parse documents, and tell how many."""
    body = json_body(ParseRequest)
    started = services().ingestion.parsing.parse(
        principal(), dataset_id, body.document_ids, discard_edits=body.discard_edits
    )
    return done(started, counted=True)


@blueprint.post("/datasets/<dataset_id>/documents/stop")
@api_key_required
def stop_and_count(dataset_id: str) -> Response:
    """Stop parsing documents, where it goes on, and tell how many."""
    body = json_body(DocumentIds)
    stopped = services().ingestion.parsing.stop(principal(), dataset_id, body.document_ids)
    return done(stopped, counted=True)


def add_empty(dataset_id: str) -> Response:
    """Add a document without a file to a dataset."""
    name = json_body(EmptyUpload).name
    made = [services().library.uploads.create_empty(principal(), dataset_id, name)]
    return success([present_document(document) for document in made])


def add_page(dataset_id: str) -> Response:
    """Add a page of the web to a dataset."""
    form = {name: request.form.get(name, "") for name in ("name", "url")}
    page = validated(PageUpload, form)
    added = services().library.web_pages.add(principal(), dataset_id, page.name, page.url)
    return success([present_document(document) for document in [added]])


def received_files() -> list[Upload]:
    """Return the files of the request, which werkzeug keeps on the disk if they are large."""
    files = request.files.getlist("file")
    if not files:
        raise ArgumentError("No file part!")
    if not all(file.filename for file in files):
        raise ArgumentError("No file selected!")
    metadata = form_metadata(request.form.get("meta_fields", ""))
    folder = request.form.get("parent_path", "")
    return [
        Upload(name, file.stream, placed(metadata, folder, name))
        for file in files
        for name in [file.filename or ""]
    ]
