"""Pages of lists: by number, or behind a place."""

from collections.abc import Sequence
from typing import Any

from api.db.listing import Listing
from api.db.models.document import ORDERS
from api.errors import ArgumentError
from api.services.library.values import Page, Place

GONE = (
    "`after`: the list has no such row. The cursor in the header `Link` stays when its row changes"
    " or is deleted."
)


def page_rows(listing: Listing, page: Page, owner: str = "") -> list[tuple[Any, ...]]:
    """Return the rows of a page; raises ArgumentError for a place that there is not.

    `owner` is the column before the order in an index, where there is one for every order.
    """
    if page.after:
        listing = behind(listing, page, page.after)
        if owner:
            listing.by(owner, page.order, "id")
    return listing.page_tuples(
        page.order, desc=page.descending, limit=page.limit, offset=page.offset
    )


def owner_of_documents(page: Page) -> str:
    """Return the column before an order of documents in its index; empty if it has none."""
    return "dataset_id" if page.order in ORDERS else ""


def behind(listing: Listing, page: Page, place: Place) -> Listing:
    """Return the list of what comes after a place; raises ArgumentError if there is no such."""
    if "\0" in place.id:
        raise ArgumentError(GONE)
    value = listing.value_of(page.order, place.id) if place.value is None else place.value
    if value is None:
        raise ArgumentError(GONE)
    return listing.behind(page.order, value, place.id, desc=page.descending)


def total(listing: Listing, found: Sequence[object], page: Page, known: int | None = None) -> int:
    """Return how many rows there are in all; `known` if that is counted elsewhere."""
    if page.after:
        return listing.count() if known is None else known
    return listing.total(found, limit=page.limit, offset=page.offset, known=known)
