"""The files of documents, for pages that show them or save them."""

from flask import Blueprint, Response

from api.apps.door import file_login_required, success
from api.errors import NotFoundError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved, shown
from api.http.requests import query_arguments
from api.schemas.bytes import ThumbnailQuery, present_thumbnails
from api.things import Kind

NOUN = "document"

blueprint = Blueprint("document_bytes", __name__)


@blueprint.get("/get/<document_id>")
@file_login_required
def get(document_id: str) -> Response:
    """Send the file of a document to be shown."""
    return shown(services().library.documents.find_file(principal(), document_id))


@blueprint.get("/download/<document_id>")
@file_login_required
def download(document_id: str) -> Response:
    """Send the file of a document to be saved."""
    return saved(services().library.documents.find_file(principal(), document_id))


@blueprint.get("/image/<image_id>")
@file_login_required
def image(image_id: str) -> Response:
    """Answer that there is no such picture: chunks have none here."""
    raise NotFoundError(Kind.IMAGE, image_id)


@blueprint.get("/thumbnails")
@reads_only
@file_login_required
def thumbnails() -> Response:
    """Show the small pictures of documents."""
    wanted = query_arguments(ThumbnailQuery).doc_ids
    return success(present_thumbnails(services().library.documents.known(principal(), wanted)))
