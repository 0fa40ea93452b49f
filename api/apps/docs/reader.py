"""A page for people to read the description and to try the doors, all of it from this server."""

from functools import cache
from pathlib import Path

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

blueprint = Blueprint("reader", __name__)

FOLDER = Path(__file__).parent / "reader"
HTML = "text/html; charset=utf-8"
KINDS = {".css": "text/css; charset=utf-8", ".mjs": "text/javascript; charset=utf-8"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Nothing is loaded from elsewhere, and nothing is run or styled that stands in the page."""


@blueprint.get("/docs")
def page() -> Response:
    """Show the page."""
    return Response(files()["index.html"], headers=HEADERS, content_type=HTML)


@blueprint.get("/docs/<file>")
def part(file: str) -> Response:
    """Send a script or the style of the page."""
    kind = KINDS.get(Path(file).suffix)
    if kind is None or file not in files():
        raise NotFound
    return Response(files()[file], headers=HEADERS, content_type=kind)


@cache
def files() -> dict[str, bytes]:
    """Return the files of the page by their names."""
    return {path.name: path.read_bytes() for path in FOLDER.iterdir()}
