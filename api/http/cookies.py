"""Sessions as cookies: of RAGFlow's pages under /v1, and of the console, which is everywhere.

What a browser asks for without a header, pictures and viewers, are all that /v1 takes its cookie
for. A page of another site can make a browser send a cookie along (`SameSite=Lax`: at most when
somebody follows a link), but reads nothing of the answer. What the console's cookie may change, and
for whom, is in `sites`.
"""

from datetime import timedelta

from flask import Response, request

from api.http.context import services
from api.http.proxies import Proxies
from api.http.responses import with_token

NAME = "raglan_session"
PATH = "/v1"
CONSOLE_PATH = "/"


def signed_in(response: Response, token: str) -> Response:
    """Send a session token along: in a header, and as the cookie."""
    return with_token(remembered(response, token, PATH), token)


def remembered(response: Response, token: str, path: str = CONSOLE_PATH) -> Response:
    """Send a session token along as the cookie of the addresses below a path."""
    lifetime = timedelta(days=services().live.current.auth.session_days)
    response.set_cookie(
        NAME,
        token,
        max_age=lifetime,
        path=path,
        secure=is_encrypted(),
        httponly=True,
        samesite="Lax",
    )
    return response


def forgotten(response: Response, path: str = CONSOLE_PATH) -> Response:
    """Delete the cookie of the addresses below a path in a browser."""
    response.delete_cookie(NAME, path=path, httponly=True, samesite="Lax")
    return response


def signed_out(response: Response) -> Response:
    """Delete the cookie of /v1 in a browser."""
    return forgotten(response, PATH)


def console_token() -> str:
    """Return the session token of the console's cookie; empty where there is none."""
    return request.cookies.get(NAME, "")


def cookie_token() -> str:
    """Return the session token of the cookie; empty where there is none, or something is done."""
    return request.cookies.get(NAME, "") if request.method in {"GET", "HEAD"} else ""


def is_encrypted() -> bool:
    """Return whether the client speaks https, to this server or to a proxy that says so."""
    if request.is_secure:
        return True
    proxies = Proxies(services().live.current.clients.proxies)
    protocol = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip()
    return protocol == "https" and proxies.include(request.remote_addr or "")
