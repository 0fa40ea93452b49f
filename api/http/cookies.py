"""The console's session cookie, for what a browser asks for without a header: pictures, viewers.

Only pages that show a file take it. A page of another site can make a browser send it along
(`SameSite=Lax`: at most when somebody follows a link), but reads nothing of the answer.
"""

from datetime import timedelta

from flask import Response, request

from api.http.context import services
from api.http.proxies import Proxies
from api.http.responses import with_token

NAME = "raglan_session"
PATH = "/v1"


def signed_in(response: Response, token: str) -> Response:
    """Send a session token along: in a header, and as the cookie."""
    lifetime = timedelta(days=services().live.current.auth.session_days)
    response.set_cookie(
        NAME,
        token,
        max_age=lifetime,
        path=PATH,
        secure=is_encrypted(),
        httponly=True,
        samesite="Lax",
    )
    return with_token(response, token)


def signed_out(response: Response) -> Response:
    """Delete the cookie in a browser."""
    response.delete_cookie(NAME, path=PATH, httponly=True, samesite="Lax")
    return response


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
