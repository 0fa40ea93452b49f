"""The page of a share, and the script by which a site shows it."""

from flask import Blueprint, Response, request

from api.apps.share.door import visitors_only
from api.http.authentication import reads_only
from api.http.context import services
from api.http.visitors import visit
from api.schemas.shared import present_start
from api.web.files import widget_text
from api.web.shares import shared_page, widget

blueprint = Blueprint("visit", __name__)


@blueprint.get("/<token>")
@reads_only
@visitors_only
def show(token: str) -> Response:
    """Show the assistant of a share."""
    chat = services().chats.visits.chat(visit())
    start = present_start(
        chat, f"{request.root_path}/share/{token}", services().operations.system.version
    )
    return shared_page(visit().share.origins, start, visit().share.name)


@blueprint.get("/widget.js")
def send_widget() -> Response:
    """Send the script that puts an assistant on a site."""
    return widget(widget_text())
