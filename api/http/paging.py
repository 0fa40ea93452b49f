"""The address of what follows a page of a list, in the header `Link` (RFC 8288)."""

from urllib.parse import urlencode

from flask import Response, g, request

BOTH = frozenset({"page", "after"})
NEXT = "next_after"
"""The name under which the cursor of what follows is noted, in Flask's `g`."""


def follow(after: str) -> None:
    """Note the cursor of what follows, for the page that answers."""
    g.next_after = after


def followed(response: Response, after: str = "") -> Response:
    """Name the address of what follows in a list; an empty cursor stands for its end."""
    after = after or g.get(NEXT, "")
    if after:
        kept = [(name, value) for name, value in request.args.items(multi=True) if name not in BOTH]
        address = f"{request.path}?{urlencode([*kept, ('after', after)])}"
        response.headers["Link"] = f'<{address}>; rel="next"'
    return response
