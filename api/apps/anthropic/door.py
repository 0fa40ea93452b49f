"""The door of Anthropic's API, at /v1/messages."""

from http import HTTPStatus

from flask import Response

from api.apps.anthropic.words import WORDS
from api.http.authentication import bearer_or_own_header
from api.http.door import Credential, Door
from api.http.framing import Framing, named_frame
from api.http.responses import as_it_is, plain
from api.http.words import Told
from api.logs import request_id
from api.schemas.anthropic.message import PING, failure, present_refusal

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def refused(what: Told) -> Response:
    """Answer an error."""
    is_ours = what.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = TYPES.get(what.status, "api_error" if is_ours else "invalid_request_error")
    return plain(present_refusal(kind, what.message, request_id.get()), what.status)


DOOR = Door(
    name="anthropic",
    prefix="/v1",
    paths=("/v1/messages",),
    authenticate=bearer_or_own_header,
    credentials=(Credential.HEADER, Credential.BEARER),
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=Framing(failure, b"", PING, named_frame),
)

key_required = DOOR.guarded
success = DOOR.success
