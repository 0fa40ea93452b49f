"""The door of reading: where Open WebUI has the files read that its users give it."""

from flask import Response

from api.apps.reading.words import WORDS
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told
from api.schemas.reading.file import present_refusal


def refused(what: Told) -> Response:
    """Answer an error."""
    return plain(present_refusal(what.code, what.message), what.status)


DOOR = Door(
    name="reading",
    prefix="",
    paths=("/process",),
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded
success = DOOR.success
