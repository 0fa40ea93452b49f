"""The door of Dify's external knowledge, which appends `/retrieval` to the endpoint of its user."""

from flask import Response, request

from api.apps.dify.words import WORDS
from api.errors import MissingKeyError
from api.http.authentication import bearer
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told
from api.schemas.dify.retrieval import present_refusal
from api.services.accounts.records import Principal


def keyed() -> Principal:
    """Return whose key the request carries; raises AuthenticationError.

    A header of another scheme is told from a wrong key, as Dify has a code for it.
    """
    scheme, _, rest = request.headers.get("Authorization", "").strip().partition(" ")
    if rest and scheme.lower() != "bearer":
        raise MissingKeyError("The header `Authorization` has another scheme than `Bearer`.")
    return bearer()


def refused(what: Told) -> Response:
    """Answer an error."""
    return plain(present_refusal(what.code, what.message), what.status)


DOOR = Door(
    name="dify",
    prefix="",
    paths=("/api/v1/dify", "/retrieval"),
    authenticate=keyed,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded
success = DOOR.success
