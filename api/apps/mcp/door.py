"""The door of MCP, at /mcp: one JSON-RPC message in, one JSON answer out.

Programs come with a key, or with an access token of a provider, if the settings name one. Where
they can get such a token they learn from a 401.
"""

from http import HTTPStatus

from flask import Response, request

from api.apps.mcp.words import WORDS
from api.http.admission import let_in
from api.http.authentication import bearer, token_of
from api.http.context import services
from api.http.door import Door
from api.http.links import public_url
from api.http.responses import CHAT, as_it_is, plain
from api.http.words import Told
from api.schemas.mcp.protocol import present_error
from api.services.accounts.records import Principal

PREFIX = "/mcp"
METADATA = "/.well-known/oauth-protected-resource"


def key_or_provider() -> Principal:
    """Return whose key, session or access token the request carries.

    Raises AuthenticationError, and UnavailableError.
    """
    token = token_of(request.headers.get("Authorization", ""))
    found = services().identity.tokens.authenticate(token, PREFIX)
    return bearer() if found is None else let_in(found)


def refused(what: Told) -> Response:
    """Answer what did not become an answer to a message."""
    response = plain(present_error(what.code, what.message, what.data), what.status)
    if what.status == HTTPStatus.UNAUTHORIZED and services().identity.tokens.issuer:
        place = f'resource_metadata="{public_url()}{METADATA}{PREFIX}"'
        response.headers["WWW-Authenticate"] = f"Bearer {place}"
    return response


DOOR = Door(
    name="mcp",
    prefix=PREFIX,
    authenticate=key_or_provider,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
)

key_required = DOOR.guarded
