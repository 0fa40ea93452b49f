"""The envelope `{code, message, data}` in which answers go out, and other forms of JSON."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson
from flask import Response
from werkzeug.datastructures import Headers

from api.http.framing import Event, Framing
from api.http.words import Told
from api.schemas.failures import present_refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

JSON = "application/json"
SCIM = "application/scim+json"


class Json(Response):
    """A JSON answer in one piece, which sends nobody elsewhere."""

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Return the headers as they are, but those of an answer that has no body."""
        has_body = self.status_code >= HTTPStatus.OK and self.status_code not in BODILESS
        return self.headers if has_body else super().get_wsgi_headers(environ)


BODILESS = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def success(data: object = None, *, message: str = "success", **beside: object) -> Response:
    """Answer code 0 with `data`, left out when None, and further keys beside it."""
    body: dict[str, object] = {"code": 0, "message": message, **beside}
    if data is not None:
        body["data"] = data
    return enveloped(body, 200)


def as_it_is(data: object = None, *, message: str = "success", **beside: object) -> Response:
    """Answer with a value alone, at the doors whose dialects have no envelope."""
    del message, beside
    return enveloped({} if data is None else data, 200)


def refusal(what: Told) -> Response:
    """Answer an error in the envelope."""
    return enveloped(present_refusal(what.code, what.message, what.data), what.status)


def chat_failure(message: str) -> Event:
    """Return the event by which a chat's answer says that it breaks off."""
    return {
        "code": 500,
        "message": message,
        "data": {"answer": f"**ERROR**: {message}", "reference": []},
    }


CHAT = Framing(chat_failure, b'data:{"code":0,"data":true}\n\n')
"""The stream of enveloped events."""


def enveloped(body: object, status: int) -> Response:
    """Return a JSON response; keys of maps may be of any type that JSON text can show."""
    return Json(text_of(body), status, content_type=JSON)


def text_of(body: object) -> bytes:
    """Return JSON text; few answers have keys that are no texts, and those take half as long more.

    A list of 20 datasets takes 8 us without a look for such keys, and 13 us with one.
    """
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)


def plain(body: Mapping[str, object], status: int) -> Response:
    """Return JSON without an envelope, for those who watch the server."""
    return Json(orjson.dumps(body), status, content_type=JSON)


def with_token(response: Response, token: str) -> Response:
    """Send a session token along, in a header that a browser lets scripts read."""
    response.headers["Authorization"] = token
    response.headers["Access-Control-Expose-Headers"] = "Authorization"
    return response
