"""Reading one file."""

from flask import Blueprint, Response, request

from api.apps.reading.door import key_required, success
from api.http.context import services
from api.http.watching import ended_with_client
from api.schemas.reading.file import name_of, present_text

blueprint = Blueprint("process", __name__)


@blueprint.put("/process")
@key_required
def read() -> Response:
    """Return the text of the file in the body; a client that goes away ends the reading."""
    name = name_of(request.headers.get("X-Filename", ""), request.mimetype)
    reading = services().ingestion.reading
    received = reading.received(request.stream, request.content_length or 0)
    # The client is watched once its file is here: what it sends is no sign that it goes away.
    with received as path, ended_with_client(request.environ):
        found = reading.read(path, name)
    return success(present_text(name, found))
