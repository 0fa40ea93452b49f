"""SearXNG, whose settings have to allow answers in JSON (`search.formats`)."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from api.errors import NotConfiguredError
from api.fetching.calls import Request
from api.fetching.engines.base import Found, Place, mapping, objects, pages

PATH = "/search"
OURS = frozenset({"q", "format"})
"""What of its address is said with each question; all else, as `language`, is kept."""


class Searxng:
    """A SearXNG at an address, with or without its path."""

    def __init__(self, place: Place) -> None:
        """Initialize with its place; raises NotConfiguredError where that is missing."""
        if not place.url:
            raise NotConfiguredError("`web_search.url` names no SearXNG.")
        parts = urlsplit(place.url)
        self.address = parts._replace(path=parts.path.rstrip("/") or PATH, query="").geturl()
        options = {name: value for name, value in parse_qsl(parts.query) if name not in OURS}
        self.options = options | ({"language": place.language} if place.language else {})

    def request(self, query: str, count: int) -> Request:  # noqa: ARG002 - it takes no number
        """Return what asks for a page of results."""
        asked = urlencode({**self.options, "q": query, "format": "json"})
        return Request("GET", f"{self.address}?{asked}", {"Accept": "application/json"})

    def found(self, told: object) -> Iterator[Found]:
        """Yield what an answer has."""
        return pages(objects(mapping(told).get("results")), "url", "title", "content")
