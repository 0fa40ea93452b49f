"""What became of a request, where a door's clients are sent another status than the true one."""

from collections.abc import MutableMapping

from flask import has_request_context, request

from api.http.words import Told

REFUSED = "raglan.refused"
"""Where the WSGI environment of a request that is refused has what it is told."""


def note(what: Told) -> None:
    """Record that the request, if there is one, is refused."""
    if has_request_context():
        request.environ[REFUSED] = what


def refusal_of(environ: MutableMapping[str, object]) -> Told | None:
    """Return what a refused request was told, None if it was not refused."""
    found = environ.get(REFUSED)
    return found if isinstance(found, Told) else None
