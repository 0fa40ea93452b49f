"""A search of one's own, in the form that Open WebUI asks for: a question, and a list of links."""

from collections.abc import Iterator

from api.errors import NotConfiguredError
from api.fetching.calls import Request
from api.fetching.engines.base import Found, Place, asking, objects, pages


class External:
    """A service at an address."""

    def __init__(self, place: Place) -> None:
        """Initialize with its place; raises NotConfiguredError where that is missing."""
        if not place.url:
            raise NotConfiguredError("`web_search.url` names no search engine.")
        self.address = place.url
        self.key = place.key

    def request(self, query: str, count: int) -> Request:
        """Return what asks for so many pages."""
        return asking(self.address, {"query": query, "count": count}, self.key)

    def found(self, told: object) -> Iterator[Found]:
        """Yield what an answer has."""
        return pages(objects(told), "link", "title", "snippet")
