"""The door of SCIM 2.0, at which identity providers look after people (RFC 7644)."""

from collections.abc import Callable
from http import HTTPStatus
from typing import ParamSpec, TypeVar

import orjson
from flask import Response, request

from api.apps.scim.words import WORDS
from api.http.authentication import bearer, operators_only
from api.http.door import Door
from api.http.links import public_url
from api.http.responses import CHAT, SCIM, as_it_is
from api.http.words import Told
from api.schemas.scim.answer import present_refusal
from api.services.provisioning.records import Resource

PREFIX = "/scim/v2"

P = ParamSpec("P")
R = TypeVar("R")


def refused(what: Told) -> Response:
    """Answer an error."""
    body = present_refusal(what.status, what.code, what.message)
    return Response(orjson.dumps(body), what.status, content_type=SCIM)


DOOR = Door(
    name="scim",
    prefix=PREFIX,
    authenticate=bearer,
    words=WORDS,
    success=as_it_is,
    error=refused,
    stream=CHAT,
    media=SCIM,
)


def administrators_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let those in alone who administer the server, by a key of theirs."""
    return DOOR.guarded(operators_only(view))


def base() -> str:
    """Return the address of the door, as resources name it."""
    return f"{public_url()}{PREFIX}"


def versions() -> tuple[str, ...]:
    """Return the versions of which the resource has to be one; none where any will do.

    SCIM's versions are weak, and compared as if they were not (RFC 7644, section 3.14).
    """
    if "If-Match" not in request.headers or request.if_match.star_tag:
        return ()
    return tuple(request.if_match.as_set(include_weak=True)) or ("",)


def versioned(response: Response, resource: Resource) -> Response:
    """Tag an answer with the version of its resource; who has that gets no body."""
    response.set_etag(resource.version, weak=True)
    is_read = request.method in {"GET", "HEAD"}
    if is_read and request.if_none_match.contains_weak(resource.version):
        # Not by `make_conditional`, which puts the pieces of a large answer together.
        response.status_code = HTTPStatus.NOT_MODIFIED
    return response
