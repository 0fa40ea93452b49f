"""REST pages of the pages of documents, which are shown as pictures."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.downloads import shown
from api.http.requests import path_arguments, query_arguments
from api.schemas.sdk.page import PageNumber, PagesQuery, PictureQuery, present_found, present_pages

blueprint = Blueprint("pages", __name__)

PAGES = "/datasets/<dataset_id>/documents/<document_id>/pages"

KEPT_SECONDS = 3600
"""For how long a browser shows a picture without asking again; the file never changes."""


@blueprint.get(PAGES)
@api_key_required
def list_pages(dataset_id: str, document_id: str) -> Response:
    """Tell how many pages a document has, how large they are, and where a chunk stands."""
    if chunk_id := query_arguments(PagesQuery).chunk_id:
        places = services().ingestion.places
        return success(
            present_found(*places.pages_with(principal(), dataset_id, document_id, chunk_id))
        )
    pages = services().ingestion.pictures.pages(principal(), dataset_id, document_id)
    return success(present_pages(pages))


@blueprint.get(f"{PAGES}/<page>")
@api_key_required
def show_page(dataset_id: str, document_id: str, page: str) -> Response:
    """Send the picture of a page."""
    number = path_arguments(PageNumber, page=page).page
    size = query_arguments(PictureQuery).size()
    pictures = services().ingestion.pictures
    picture = pictures.picture(principal(), dataset_id, document_id, number, size)
    return shown(picture, seconds=KEPT_SECONDS)
