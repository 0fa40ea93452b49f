"""What goes out of shared pages: they may stand in frames of the sites that a share names."""

from collections.abc import Sequence

from flask import Response

from api.http.responses import refusal
from api.http.words import Told
from api.web.answers import POLICY, POLICY_HEADER, page, policy_for, wants_page

WIDGET_TYPE = "text/javascript; charset=utf-8"
WIDGET_SECONDS = 3600
"""For how long a browser takes the widget without asking: sites that have it follow a new one."""


def shared_page(origins: Sequence[str], start: object, title: str) -> Response:
    """Return the page of a share, which these sites may show in a frame."""
    response = page("share.html", start=start, title=title)
    response.headers[POLICY_HEADER] = policy_for(origins)
    # The address has the token, which no other site is to see.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def widget(text: bytes) -> Response:
    """Return the script that sites load."""
    response = Response(text, content_type=WIDGET_TYPE)
    response.headers[POLICY_HEADER] = POLICY
    response.headers["Cache-Control"] = f"public, max-age={WIDGET_SECONDS}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def refused(what: Told) -> Response:
    """Answer an error: a page for people, and the envelope for scripts."""
    return page("problem_shared.html", what.status, problem=what) if wants_page() else refusal(what)
