"""Paths as logs may have them, and where a request has its id."""

import re

from rag.addresses import HIDDEN

IDENTITY = "raglan.request_id"
"""Where the environ of a request has its id."""

KEYS = re.compile(
    r"(?<=/system/token/)[^/]+|(?<=/system/tokens/)[^/]+|(?<=ragflow-)[\w%.-]+"
    r"|(?<=/share/)(?!widget\.js$)[^/]+|(?<=/channels/webhooks/)(?![^/]+/profile/)[^/]+/[^/]+"
)
"""Parts of a path that may open something: an API key that is revoked, what looks like one
anywhere, the token of a share, and a webhook with its token."""


def without_keys(path: str) -> str:
    """Return a path or an address with `****` in the place of API keys."""
    return KEYS.sub(HIDDEN, path)
