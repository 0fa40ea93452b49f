"""The door of the console: what RAGFlow's published pages ask for, under /v1.

They read no body of an answer whose status is not 200. So most refusals go out with this status,
and the code of the envelope says what is the matter.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import Response

from api.apps.words import WORDS
from api.http.authentication import bearer, bearer_or_cookie, bot
from api.http.door import Credential, Door
from api.http.responses import CHAT, refusal
from api.http.responses import success as envelope
from api.http.words import Told

HONEST = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.TOO_MANY_REQUESTS,
        *(status for status in HTTPStatus if status >= HTTPStatus.INTERNAL_SERVER_ERROR),
    }
)
"""Statuses that go out as they are: what stands between page and server acts on them."""


def failed(what: Told) -> Response:
    """Answer an error in the envelope, with a status at which its code is read."""
    response = refusal(what)
    response.status_code = sent(what.status)
    return response


def sent(status: int) -> int:
    """Return the status with which an error of a status goes out."""
    return status if status in HONEST else HTTPStatus.OK


DOOR = Door(
    name="console",
    prefix="/v1",
    suffix="_app",
    authenticate=bearer,
    words=WORDS,
    success=envelope,
    error=failed,
    sent=sent,
    stream=CHAT,
)

login_required = DOOR.guarded
file_login_required = replace(
    DOOR,
    authenticate=bearer_or_cookie,
    credentials=(Credential.BEARER, Credential.COOKIE),
).guarded
"""The same for pages that show a file, to which browsers send the session as a cookie."""

bot_login_required = replace(DOOR, authenticate=bot).guarded
"""The same for what pages read that are shown to anybody, who have the token of a bot."""

success = DOOR.success
