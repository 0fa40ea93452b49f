"""The envelope `{code, message, data}` in which every answer but a file or a stream goes out."""

from collections.abc import Mapping

import orjson
from flask import Response

JSON = "application/json"


def success(data: object = None, *, message: str = "success", **beside: object) -> Response:
    """Answer code 0 with `data`, left out when None, and further keys beside it."""
    body: dict[str, object] = {"code": 0, "message": message, **beside}
    if data is not None:
        body["data"] = data
    return enveloped(body, 200)


def enveloped(body: Mapping[str, object], status: int) -> Response:
    """Return a JSON response; keys of maps may be of any type that JSON text can show."""
    return Response(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS), status, mimetype=JSON)


def plain(body: Mapping[str, object], status: int) -> Response:
    """Return JSON without an envelope, for those who watch the server."""
    return Response(orjson.dumps(body), status, mimetype=JSON)


def with_token(response: Response, token: str) -> Response:
    """Send a session token along, in a header that a browser lets scripts read."""
    response.headers["Authorization"] = token
    response.headers["Access-Control-Expose-Headers"] = "Authorization"
    return response
