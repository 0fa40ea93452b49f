"""Modules and style: each address has a hash over all, so that browsers keep them for good."""

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from api.web.addresses import BASE
from api.web.answers import guarded
from api.web.files import site

blueprint = Blueprint("statics", __name__)

FOR_GOOD = "public, max-age=31536000, immutable"


@blueprint.get(f"{BASE}/static/<version>/<path:name>")
def send(version: str, name: str) -> Response:
    """Send a file, in its short form to those who take it."""
    found = site().files.get(name)
    if version != site().version or found is None:
        raise NotFound
    is_packed = request.accept_encodings["gzip"] > 0
    response = Response(
        found.packed if is_packed else found.content, content_type=found.content_type
    )
    if is_packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = FOR_GOOD
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{version}-{name}{'-gzip' if is_packed else ''}")
    response.make_conditional(request)
    return guarded(response)
