"""Browsers of other origins (CORS): which may read what the server answers.

Keys and tokens are in headers that a page sets itself, so that no answer ever says that cookies may
be sent along.
"""

from flask import Flask, Response, request

from api.http.current import this_app

ORIGINS = "CORS_ORIGINS"
"""Under this name Flask's configuration has the origins that are allowed; `*` means all."""

ANY = "*"

EXPOSED = (
    "Authorization, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Link,"
    " Retry-After, WWW-Authenticate, X-Request-Id, X-Should-Retry"
)
"""The headers that a page may read beside those that it always may."""

PREFLIGHT_SECONDS = "600"
"""How long a browser need not ask again. Chromium keeps it for two hours at most."""


def allow_origins(app: Flask) -> None:
    """Allow pages of the origins in the settings to read every answer."""
    app.config[ORIGINS] = frozenset()
    app.after_request(allow)


def origins_of(listed: str) -> frozenset[str]:
    """Return the origins in a setting, as browsers write them."""
    return frozenset(part.strip().rstrip("/").lower() for part in listed.split(",") if part.strip())


def allow(response: Response) -> Response:
    """Set who may read an answer and, in reply to a preflight, what may be sent."""
    allowed: frozenset[str] = this_app().config[ORIGINS]
    if not allowed:
        return response
    origin = request.headers.get("Origin", "")
    if ANY not in allowed:
        response.vary.add("Origin")
    if origin and (ANY in allowed or origin in allowed):
        response.headers["Access-Control-Allow-Origin"] = ANY if ANY in allowed else origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.method == "OPTIONS":
            answer_preflight(response)
    return response


def answer_preflight(response: Response) -> None:
    """Answer that the methods of the address and the headers that a page wants are allowed."""
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
    response.headers["Access-Control-Allow-Headers"] = wanted
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    response.vary.add("Access-Control-Request-Headers")
