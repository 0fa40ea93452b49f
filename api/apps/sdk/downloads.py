"""REST pages of the files of documents, whatever dataset these are in."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.errors import NotFoundError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import saved, shown
from api.http.requests import query_arguments
from api.schemas.bytes import ThumbnailQuery, present_thumbnails
from api.things import Kind

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/documents/<document_id>")
@blueprint.get("/document/download/<document_id>")
@api_key_required
def download(document_id: str) -> Response:
    """Send the file of a document to be saved."""
    return saved(services().library.documents.find_file(principal(), document_id))


@blueprint.get("/documents/<document_id>/preview")
@blueprint.get("/document/get/<document_id>")
@api_key_required
def preview(document_id: str) -> Response:
    """Send the file of a document to be shown."""
    return shown(services().library.documents.find_file(principal(), document_id))


@blueprint.get("/documents/images/<image_id>")
@api_key_required
def image(image_id: str) -> Response:
    """Answer that there is no such picture: chunks have none here."""
    raise NotFoundError(Kind.IMAGE, image_id)


@blueprint.get("/thumbnails")
@reads_only
@api_key_required
def thumbnails() -> Response:
    """Show the small pictures of documents."""
    wanted = query_arguments(ThumbnailQuery).doc_ids
    return success(present_thumbnails(services().library.documents.known(principal(), wanted)))
