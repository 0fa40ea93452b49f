"""What the page of a share asks: answers, what was said, and the pages that are cited."""

from flask import Blueprint, Response

from api.apps.share.door import success, visitors_only
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.downloads import shown
from api.http.requests import json_body, path_arguments, query_arguments
from api.http.streaming import event_stream
from api.http.visitors import visit
from api.schemas.answer import answer_frames
from api.schemas.sdk.judged import present_said
from api.schemas.sdk.page import (
    PageNumber,
    PagesQuery,
    PictureQuery,
    present_found,
    present_pages,
)
from api.schemas.shared import VisitorQuestion

blueprint = Blueprint("asking", __name__)

PAGES = "/<token>/datasets/<dataset_id>/documents/<document_id>/pages"

KEPT_SECONDS = 3600
"""For how long a browser shows a picture without asking again; the file never changes."""


@blueprint.post("/<token>/completions")
@visitors_only
def complete(token: str) -> Response:
    """Answer a question, as a stream."""
    del token
    body = json_body(VisitorQuestion)
    asked = (visit(), body.question, body.session_id)
    return event_stream(lambda: answer_frames(services().chats.visits.ask(*asked), telling=False))


@blueprint.get("/<token>/sessions/<session_id>/messages")
@reads_only
@visitors_only
def list_messages(token: str, session_id: str) -> Response:
    """List what was said in a session of this page."""
    del token
    return success(present_said(services().chats.visits.said(visit(), session_id).messages))


@blueprint.get(PAGES)
@visitors_only
def list_pages(token: str, dataset_id: str, document_id: str) -> Response:
    """Tell how many pages a document has, how large they are, and where a passage stands."""
    del token
    services().chats.visits.check_dataset(visit(), dataset_id)
    if chunk_id := query_arguments(PagesQuery).chunk_id:
        places = services().ingestion.places
        return success(
            present_found(*places.pages_with(principal(), dataset_id, document_id, chunk_id))
        )
    pages = services().ingestion.pictures.pages(principal(), dataset_id, document_id)
    return success(present_pages(pages))


@blueprint.get(f"{PAGES}/<page>")
@visitors_only
def show_page(token: str, dataset_id: str, document_id: str, page: str) -> Response:
    """Send the picture of a page."""
    del token
    services().chats.visits.check_dataset(visit(), dataset_id)
    number = path_arguments(PageNumber, page=page).page
    size = query_arguments(PictureQuery).size()
    pictures = services().ingestion.pictures
    picture = pictures.picture(principal(), dataset_id, document_id, number, size)
    return shown(picture, seconds=KEPT_SECONDS)
