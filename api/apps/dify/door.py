"""The door of Dify's external knowledge, which appends `/retrieval` to the endpoint of its user."""

from flask import Response

from api.apps.dify.words import WORDS
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told


def refused(what: Told) -> Response:
    """Answer an error."""
    return plain({"error_code": what.code, "error_msg": what.message}, what.status)


DOOR = Door(
    name="dify",
    prefix="",
    paths=("/api/v1/dify", "/retrieval"),
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded
success = DOOR.success
