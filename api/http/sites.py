"""Whose page has sent a request: a browser sends cookies along with those of other sites, too."""

from urllib.parse import urlsplit

from flask import request

from api.errors import NotAllowedError

HEADER = "X-Raglan-Console"
"""What the console sends with each change. A page of another origin cannot, unless it may."""

UNCHANGING = frozenset({"GET", "HEAD", "OPTIONS"})


def is_same_origin() -> bool:
    """Return whether the browser says that its page is of this server, or says nothing of it.

    `Sec-Fetch-Site` is what no page and no proxy changes; a browser sends it where the connection
    is encrypted or to its own machine, and else `Origin` with each form and each change.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or host_of(origin) == request.host.lower()


def host_of(origin: str) -> str:
    """Return the host of an origin with its port; empty for one that is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def check_form() -> None:
    """Refuse a form of another site, which could sign a person in as somebody else.

    Raises NotAllowedError.
    """
    if not is_same_origin():
        raise NotAllowedError("This form was sent by a page of another site.")


def check_change() -> None:
    """Refuse a change that says by a cookie alone who asks; raises NotAllowedError."""
    if request.method in UNCHANGING:
        return
    if request.headers.get(HEADER) != "1" or not is_same_origin():
        raise NotAllowedError(
            f"A session in a cookie changes nothing without the header {HEADER}: 1, which pages"
            " of this server alone may send. Programs use an API key."
        )
