"""Which version of something a client has: `ETag` of what is read, and 304 for what it has.

This is for answers in one piece. Downloads have tags of their own, which need no look at the bytes.
"""

from http import HTTPStatus

from flask import Flask, Response
from xxhash import xxh3_64_hexdigest

from api.http.current import this_request
from api.http.outcome import REFUSED
from api.http.responses import JSON


def tag_answers(app: Flask) -> None:
    """Tag every JSON answer to a GET, and send no body to those who have it."""
    app.after_request(tag)


def tag(response: Response) -> Response:
    """Tag an answer; the body goes if the client names the tag in `If-None-Match`.

    This is done for every list: it looks at the parts of the answer themselves.
    """
    environ, body, headers = this_request().environ, response.response, response.headers
    is_read = environ["REQUEST_METHOD"] in {"GET", "HEAD"} and response.status_code == HTTPStatus.OK
    if REFUSED in environ or not is_read or not isinstance(body, list):
        return response
    if headers.get("Content-Type") != JSON:
        return response
    if "ETag" not in headers:
        headers.add("ETag", f'W/"{xxh3_64_hexdigest(b"".join(body))}"')
        if "HTTP_IF_NONE_MATCH" in environ:
            response.make_conditional(environ)
    return response
