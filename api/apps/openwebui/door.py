"""The door of Open WebUI's API, at /openwebui; who speaks it at other addresses is led here.

Which requests are led here is in `api.http.dialects`.
"""

import json
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from contextlib import suppress

from flask import Response, request

from api.apps.openwebui.words import WORDS
from api.errors import InvalidKeyError, NotAllowedError, NotFoundError
from api.http.authentication import bearer, principal_with
from api.http.context import services
from api.http.dialects import COOKIE, HOME
from api.http.door import Credential, Door
from api.http.framing import Event, Framing
from api.http.responses import JSON, as_it_is, plain
from api.http.sites import UNCHANGING, is_same_origin
from api.http.vouching import vouched
from api.http.words import Told
from api.schemas.openwebui.failure import failure_event, present_failure
from api.schemas.openwebui.session import present_session
from api.services.accounts.records import Principal
from api.services.webui.records import WebSession
from api.things import Kind
from api.web.answers import leading_to

PICTURES = {f"data:image/{form};base64": f"image/{form}" for form in ("png", "jpeg", "gif", "webp")}
"""The forms of pictures that are kept as data URLs, as they begin; browsers run none of them."""


def key_or_session() -> Principal:
    """Return whose key or session the request carries: in its header, or in its cookie.

    Raises AuthenticationError, also where a proxy names somebody else, and NotAllowedError for a
    change that another site may have sent.
    """
    found = carried()
    if found.session_id and not services().identity.proxy.is_of(found, vouched()):
        raise InvalidKeyError("The proxy names somebody else.")
    return found


def carried() -> Principal:
    """Return whose key or session the request carries; see `key_or_session`."""
    if request.headers.get("Authorization"):
        return bearer()
    key = request.headers.get("x-api-key", "").strip()
    if key:
        return principal_with(key)
    if request.method not in UNCHANGING and not is_same_origin():
        raise NotAllowedError("This was sent by a page of another site.")
    return principal_with(request.cookies.get(COOKIE, ""))


def refused(what: Told) -> Response:
    """Answer an error, which no cache keeps; who has no session any more forgets its cookie."""
    response = unkept(plain(present_failure(what.message), what.status))
    if what.status == 401 and COOKIE in request.cookies:  # noqa: PLR2004 - as RFC 9110 has it
        response.delete_cookie(COOKIE)
    return response


def nothing() -> Response:
    """Answer null, which clients tell from an empty object."""
    return Response(b"null", mimetype=JSON)


def picture_or(found: str, name: str) -> Response:
    """Send a picture that is kept as a data URL, or lead to one of the front end."""
    head, _, text = found.partition(",")
    if head in PICTURES:
        with suppress(NoBase64):
            content = b64decode(text, validate=True)
            safe = {"X-Content-Type-Options": "nosniff"}
            return Response(content, mimetype=PICTURES[head], headers=safe)
    return leading_to_picture(name)


def leading_to_picture(name: str) -> Response:
    """Lead to a picture of the front end; raises NotFoundError where none is served."""
    if not services().settings.frontend.dir:
        raise NotFoundError(Kind.FILE, name)
    return leading_to(f"{request.root_path}/{name}")


DOOR = Door(
    name="openwebui",
    prefix=HOME,
    authenticate=key_or_session,
    credentials=(Credential.BEARER, Credential.HEADER),
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=Framing(failure_event, b"data: [DONE]\n\n"),
)

signed_in_only = DOOR.guarded
success = DOOR.success


def relayed_frame(event: Event) -> bytes:
    """Return the bytes of an event of a model, whatever characters it has cut in two."""
    return b"data: " + json.dumps(event).encode() + b"\n\n"


RELAYING = Framing(DOOR.stream.failure, DOOR.stream.end, frame=relayed_frame)
"""How streams of models look that are handed on."""


def relayed_whole(answer: Mapping[str, object]) -> Response:
    """Answer with what a model said, whatever characters it has cut in two."""
    return Response(json.dumps(answer), mimetype=JSON)


def begun(session: WebSession) -> Response:
    """Answer with a session, and with its token as a cookie."""
    profile = services().accounts.accounts.profile_of(session.user_id)
    may = services().groups.permissions.of_account(session.user_id)
    response = unkept(success(present_session(session, profile, may)))
    response.set_cookie(
        COOKIE,
        session.token,
        expires=session.ends,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def unkept(response: Response) -> Response:
    """Return an answer that no cache on the way may keep."""
    response.headers["Cache-Control"] = "no-store"
    return response
