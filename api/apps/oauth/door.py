"""The door without pages: clients of MCP that look for OAuth show its 404 to their users.

They ask where the metadata of a protected resource and of an authorization server would be, then
register. The last answer is the one that is seen.
"""

from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import NotFound

from api.http.authentication import bearer
from api.http.codes import CODES
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Case, Told, Wording, extended
from api.schemas.oauth.refusal import present_refusal

NO_OAUTH = (
    "There is no sign-in by OAuth here: use an API key, as the header"
    " `Authorization: Bearer <API key>`."
)


def refused(what: Told) -> Response:
    """Answer an error, in the form of OAuth's."""
    kind = "not_found" if what.status == HTTPStatus.NOT_FOUND else "invalid_request"
    return plain(present_refusal(kind, what.message), what.status)


DOOR = Door(
    name="oauth",
    prefix="",
    paths=(
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/register",
    ),
    authenticate=bearer,
    words=extended(CODES, {Case(NotFound): Wording(NO_OAUTH)}),
    success=as_it_is,
    error=refused,
    stream=CHAT,
)
