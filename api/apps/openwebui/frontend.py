"""The files of Open WebUI's front end, where the settings name a folder that has them.

Addresses without a file are pages that the front end makes in the browser: they get its first page.
"""

from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from api.http.context import services
from api.web.answers import leading_to

FOR_GOOD = "public, max-age=31536000, immutable"
HASHED = "_app/immutable/"
"""Below this, names of files have a hash of what is in them."""

SCRIPTS = (".js", ".mjs", ".css", ".map")
"""How addresses end that are no pages: one that is not there is an error."""

FIRST = "index.html"
ADDRESSES = ("http://", "https://")

blueprint = Blueprint("frontend", __name__)


@blueprint.get("/")
@blueprint.get("/<path:name>")
def send(name: str = "") -> Response:
    """Send a file of the front end, or its first page; an address of a script is 404.

    What another application shares with the first page becomes a question there.
    """
    folder = services().settings.frontend.dir
    if folder and not name and request.args.get("shared"):
        return shared(request.args["shared"])
    found = file_in(folder, name) if folder else None
    if found is None:
        raise NotFound
    response = send_file(found, conditional=True)
    response.headers["Cache-Control"] = FOR_GOOD if name.startswith(HASHED) else "no-cache"
    return response


def file_in(folder: str, name: str) -> Path | None:
    """Return the file of an address: its own, else the first page; None for a script."""
    place = safe_join(folder, name) if name else None
    if place and Path(place).is_file():
        return Path(place)
    return None if name.endswith(SCRIPTS) else Path(folder) / FIRST


@blueprint.get("/watch")
def watch() -> Response:
    """Lead from a video's address to the front end, which asks for its text."""
    if not services().settings.frontend.dir:
        raise NotFound
    return leading_to(address_with("youtube", request.args.get("v", "")))


def shared(text: str) -> Response:
    """Lead from what another application shares to a question about it."""
    name = "load-url" if text.startswith(ADDRESSES) else "q"
    return leading_to(address_with(name, text))


def address_with(name: str, value: str) -> str:
    """Return the address of the front end's first page with an argument, if there is a value."""
    return f"{request.root_path}/" + (f"?{urlencode({name: value})}" if value else "")
