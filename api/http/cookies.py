"""Sessions as cookies: of RAGFlow's pages under /v1, and of the console, which is everywhere.

What a browser asks for without a header, pictures and viewers, are all that /v1 takes its cookie
for. A page of another site can make a browser send a cookie along (`SameSite=Lax`: at most when
somebody follows a link), but reads nothing of the answer. What the console's cookie may change, and
for whom, is in `sites`.
"""

from datetime import timedelta

from flask import Response, request

from api.http.context import services
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
        path=below_prefix(path),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def forgotten(response: Response, path: str = CONSOLE_PATH) -> Response:
    """Delete the cookie of the addresses below a path in a browser."""
    response.delete_cookie(NAME, path=below_prefix(path), httponly=True, samesite="Lax")
    return response


def below_prefix(path: str) -> str:
    """Return a path as the browser sees it, where a proxy has the server below another one."""
    return f"{request.root_path}{path}"


def signed_out(response: Response) -> Response:
    """Delete the cookie of /v1 in a browser."""
    return forgotten(response, PATH)


def console_token() -> str:
    """Return the session token of the console's cookie; empty where there is none."""
    return request.cookies.get(NAME, "")


def cookie_token() -> str:
    """Return the session token of the cookie; empty where there is none, or something is done."""
    return request.cookies.get(NAME, "") if request.method in {"GET", "HEAD"} else ""
