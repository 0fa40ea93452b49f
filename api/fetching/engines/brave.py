"""Brave's search API."""

import re
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import urlencode

from api.fetching.calls import Request
from api.fetching.engines.base import Found, Place, mapping, objects, pages

USUAL = "https://api.search.brave.com/res/v1/web/search"
MOST = 20
TAG = re.compile(r"<[^<>]{1,200}>")
"""What marks the words of the question."""


class Brave:
    """Brave's API, or what speaks like it at another address."""

    def __init__(self, place: Place) -> None:
        """Initialize with its place."""
        self.address = place.url or USUAL
        self.key = place.key

    def request(self, query: str, count: int) -> Request:
        """Return what asks for so many pages."""
        asked = urlencode({"q": query, "count": min(count, MOST)})
        headers = {"Accept": "application/json", "X-Subscription-Token": self.key}
        return Request("GET", f"{self.address}?{asked}", headers)

    def found(self, told: object) -> Iterator[Found]:
        """Yield what an answer has; one without pages has no `web`."""
        web = mapping(told).get("web")
        rows = objects(mapping(web).get("results")) if web is not None else []
        return pages([plain(row) for row in rows], "url", "title", "description")


def plain(row: Mapping[str, object]) -> Mapping[str, object]:
    """Return a row whose texts have no markup."""
    return {
        name: value if name == "url" else unescape(TAG.sub("", value))
        for name, value in row.items()
        if isinstance(value, str)
    }
