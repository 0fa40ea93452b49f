"""Tavily's search API."""

from collections.abc import Iterator

from api.fetching.calls import Request
from api.fetching.engines.base import Found, Place, asking, mapping, objects, pages

USUAL = "https://api.tavily.com/search"
MOST = 20


class Tavily:
    """Tavily's API, or what speaks like it at another address."""

    def __init__(self, place: Place) -> None:
        """Initialize with its place."""
        self.address = place.url or USUAL
        self.key = place.key

    def request(self, query: str, count: int) -> Request:
        """Return what asks for so many pages."""
        return asking(self.address, {"query": query, "max_results": min(count, MOST)}, self.key)

    def found(self, told: object) -> Iterator[Found]:
        """Yield what an answer has."""
        return pages(objects(mapping(told).get("results")), "url", "title", "content")
