"""Which version of something a client has: `ETag` of what is read, and 304 for what it has.

This is for answers in one piece. Downloads have tags of their own, which need no look at the bytes.
"""

from http import HTTPStatus

from flask import Flask, Response, request
from xxhash import xxh3_64_hexdigest

from api.http.responses import JSON


def tag_answers(app: Flask) -> None:
    """Tag every JSON answer to a GET, and send no body to those who have it."""
    app.after_request(tag)


def tag(response: Response) -> Response:
    """Tag an answer; the body goes if the client names the tag in `If-None-Match`."""
    is_whole = response.mimetype == JSON and not response.is_streamed
    is_read = request.method in {"GET", "HEAD"} and response.status_code == HTTPStatus.OK
    if not is_read or not is_whole or "ETag" in response.headers:
        return response
    response.set_etag(xxh3_64_hexdigest(response.get_data()), weak=True)
    if "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    return response
