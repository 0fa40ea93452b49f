"""The files of Open WebUI's front end, where the settings name a folder that has them.

Addresses without a file are pages that the front end makes in the browser: they get its first page.
"""

from pathlib import Path

from flask import Blueprint, Response, send_file
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from api.http.context import services

FOR_GOOD = "public, max-age=31536000, immutable"
HASHED = "_app/immutable/"
"""Below this, names of files have a hash of what is in them."""

SCRIPTS = (".js", ".mjs", ".css", ".map")
"""How addresses end that are no pages: one that is not there is an error."""

FIRST = "index.html"

blueprint = Blueprint("frontend", __name__)


@blueprint.get("/")
@blueprint.get("/<path:name>")
def send(name: str = "") -> Response:
    """Send a file of the front end, or its first page; an address of a script is 404."""
    folder = services().settings.frontend.dir
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
