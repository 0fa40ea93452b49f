"""How long the body of a request may be: by what it is, who may send it, and its path."""

from collections.abc import Mapping
from functools import lru_cache

from flask import Request, request
from werkzeug.exceptions import RequestEntityTooLarge

from api.config.settings import ServerSettings
from api.config.wordings import body_limits_of, matching
from api.http.current import this_app, this_request
from api.http.door import asks_for_key

LIMITS = "BODY_LIMITS"
"""Under this name Flask's configuration has the limits."""

OWN = "raglan.body_limit"
"""Where the environ of a request has the limit of its path, in place of all others."""


class BodyLimits:
    """The limits of the settings."""

    def __init__(self, server: ServerSettings) -> None:
        """Initialize with the settings; a later path of the list counts before an earlier one."""
        self.json = server.max_json_bytes
        self.open = server.max_open_bytes
        self.lines = server.max_lines_bytes
        listed = reversed(body_limits_of(server.body_limits))
        self.paths = [(matching(pattern), size) for pattern, size in listed]

    def of(self, path: str) -> int | None:
        """Return the limit of a path; None where none is set."""
        return next((size for pattern, size in self.paths if pattern.fullmatch(path)), None)


@lru_cache(maxsize=1)
def defaults() -> BodyLimits:
    """Return the limits of a process that has no settings yet."""
    return BodyLimits(ServerSettings())


def limits_of(config: Mapping[str, object]) -> BodyLimits:
    """Return the limits that an application has."""
    found = config.get(LIMITS)
    return found if isinstance(found, BodyLimits) else defaults()


def limit_body(asked: Request) -> None:
    """Limit the body of a request to its path, or to a page that needs no key, before it is read.

    Raises RequestEntityTooLarge.
    """
    app = this_app()
    limits = limits_of(app.config)
    own = limits.of(asked.path) if limits.paths else None
    if own is not None:
        asked.environ[OWN] = own
        hold(asked, own)
        return
    view = app.view_functions.get(asked.endpoint or "")
    if view is not None and not asks_for_key(view):
        hold(asked, min(asked.max_content_length or limits.open, limits.open))


def hold(asked: Request, most: int) -> None:
    """Let the body of a request have so many bytes; raises RequestEntityTooLarge."""
    asked.max_content_length = most
    if (asked.content_length or 0) > most:
        raise RequestEntityTooLarge


def lines_limit() -> int:
    """Return how long a body of JSON lines may be."""
    own = request.environ.get(OWN)
    return own if isinstance(own, int) else limits_of(this_app().config).lines


def json_limit() -> int:
    """Return how long the JSON of the request may be."""
    asked = this_request()
    own = asked.environ.get(OWN)
    if isinstance(own, int):
        return own
    most = limits_of(this_app().config).json
    return min(asked.max_content_length or most, most)
