"""The door of OAuth: providers tell here of sign-outs, and clients of MCP find no sign-in.

Such a client asks where the metadata of a protected resource and of an authorization server would
be, then registers. The last answer is the one that it shows to its users.
"""

from http import HTTPStatus

from flask import Response
from werkzeug.exceptions import NotFound

from api.errors import NotFoundError
from api.federation.base import FederationError
from api.http.authentication import bearer
from api.http.codes import CODES
from api.http.door import Door
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Case, Told, Wording, extended
from api.schemas.oauth.refusal import present_refusal
from api.things import Kind

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
        "/oauth",
    ),
    authenticate=bearer,
    words=extended(
        CODES,
        {
            Case(NotFound): Wording(NO_OAUTH),
            Case(FederationError): Wording("The token is not accepted.", 101, 400),
            Case(NotFoundError, Kind.CHANNEL): Wording("There is no provider {each[0]} here."),
        },
    ),
    success=as_it_is,
    error=refused,
    stream=CHAT,
)
