"""Documents, as the console's pages add, list, change and parse them."""

from flask import Blueprint, Response, request

from api.apps.door import login_required, success
from api.errors import ArgumentError, NotBuiltError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.received import files_of_form
from api.http.requests import json_body, query_arguments, validated
from api.schemas.console.document import (
    START,
    CountRequest,
    DocIdOrIds,
    DocIds,
    DocumentFilters,
    DocumentsQuery,
    EmptyDocument,
    MetaChange,
    NameChange,
    ParserChange,
    RunChange,
    StatusChange,
    present_counts,
    present_document,
    present_documents,
    present_statuses,
)
from api.schemas.web_page import PageUpload
from api.services.library.values import Upload

blueprint = Blueprint("document", __name__)


@blueprint.post("/upload")
@login_required
def upload() -> Response:
    """Add files to a dataset, all of them or none."""
    services().library.disk.check(request.content_length or 0)  # before any of it is received
    uploads = [Upload(file.name, file.content) for file in files_of_form()]
    made = services().library.uploads.upload(principal(), dataset_of_form(), uploads)
    return success([present_document(document) for document in made])


@blueprint.post("/create")
@login_required
def create() -> Response:
    """Add a document without a file to a dataset."""
    wanted = json_body(EmptyDocument)
    made = services().library.uploads.create_empty(principal(), wanted.kb_id, wanted.name)
    return success(present_document(made))


@blueprint.post("/list")
@reads_only
@login_required
def list_documents() -> Response:
    """List the documents of a dataset."""
    query = query_arguments(DocumentsQuery)
    wanted = query.wanted(json_body(DocumentFilters))
    overview = services().library.overview
    found = overview.list_documents(principal(), query.kb_id, wanted, query.part())
    return followed(success(present_documents(found, query)), query.next_after(found.documents))


@blueprint.post("/filter")
@reads_only
@login_required
def count() -> Response:
    """Count the documents of a dataset by what they can be filtered by."""
    body = json_body(CountRequest)
    overview = services().library.overview
    return success(present_counts(overview.count_documents(principal(), body.kb_id, body.wanted())))


@blueprint.post("/infos")
@reads_only
@login_required
def infos() -> Response:
    """Show those documents that there are."""
    known = services().library.documents.known(principal(), json_body(DocIds).doc_ids)
    return success([present_document(document) for document in known])


@blueprint.post("/change_status")
@login_required
def change_status() -> Response:
    """Let searches find documents, or not any more."""
    wanted = json_body(StatusChange)
    changed = services().library.documents_by_id.set_enabled(
        principal(), wanted.doc_ids, enabled=wanted.status == "1"
    )
    return success(present_statuses(changed))


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete documents with their chunks."""
    services().library.documents_by_id.delete(principal(), json_body(DocIdOrIds).doc_id)
    return success(data=True)


@blueprint.post("/run")
@login_required
def run() -> Response:
    """Parse documents, or stop parsing them."""
    wanted, parsing = json_body(RunChange), services().ingestion.parsing_by_id
    if wanted.run == START:
        parsing.start(principal(), wanted.doc_ids, drop_chunks=wanted.delete)
    else:
        parsing.stop(principal(), wanted.doc_ids)
    return success(data=True)


@blueprint.post("/rename")
@login_required
def rename() -> Response:
    """Rename a document."""
    wanted = json_body(NameChange)
    services().library.documents_by_id.change(principal(), wanted.doc_id, wanted.change())
    return success(data=True)


@blueprint.post("/change_parser")
@login_required
def change_parser() -> Response:
    """Change how a document is parsed."""
    wanted = json_body(ParserChange)
    services().library.documents_by_id.change(principal(), wanted.doc_id, wanted.change())
    return success(data=True)


@blueprint.post("/set_meta")
@login_required
def set_meta() -> Response:
    """Set the metadata of a document."""
    wanted = json_body(MetaChange)
    services().library.documents_by_id.change(principal(), wanted.doc_id, wanted.change())
    return success(data=True)


@blueprint.post("/web_crawl")
@login_required
def add_page() -> Response:
    """Add a page of the web to a dataset."""
    page = validated(PageUpload, {name: request.form.get(name, "") for name in ("name", "url")})
    services().library.web_pages.add(principal(), dataset_of_form(), page.name, page.url)
    return success(data=True)


@blueprint.post("/parse")
@login_required
def refuse() -> Response:
    """Refuse to take a file apart that is in no dataset."""
    raise NotBuiltError("Files that are in no dataset")


def dataset_of_form() -> str:
    """Return the dataset that a form names; raises ArgumentError."""
    kb_id = request.form.get("kb_id", "")
    if not kb_id:
        raise ArgumentError('Lack of "KB ID"')
    return kb_id
