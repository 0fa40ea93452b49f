"""Lists that are read on from a row of theirs, in the order in which the rows were made."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from api.db.listing import Listing, ordered
from api.errors import ArgumentError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which part of a list: `limit` rows, those that follow `after` or come before `before`.

    Both are ids of rows; where both are given, the part lies between them and begins at `after`.
    """

    limit: int
    descending: bool = True
    after: str = ""
    before: str = ""

    @property
    def backwards(self) -> bool:
        """Return whether the part is the one that ends at a row."""
        return bool(self.before) and not self.after


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """A part of a list, and whether there is more beyond it."""

    items: list[T]
    has_more: bool


def placed(listing: Listing, cursor: Cursor) -> Listing:
    """Narrow a list to what lies where the cursor says; raises ArgumentError for unknown rows.

    What else filters the list is added afterwards: a row that it leaves out is a place still.
    """
    places = [
        (time_of(listing, name, row_id), row_id, cursor.descending is (name == "after"))
        for name, row_id in (("after", cursor.after), ("before", cursor.before))
        if row_id
    ]
    for time, row_id, desc in places:
        listing = listing.behind("create_time", time, row_id, desc=desc)
    return listing


def time_of(listing: Listing, name: str, row_id: str) -> object:
    """Return when a row of a list was made; raises ArgumentError, which names the field."""
    found = listing.value_of("create_time", row_id) if "\0" not in row_id else None
    if found is None:
        raise ArgumentError(f"{name}: the list holds no {row_id}.")
    return found


def part_of(listing: Listing, cursor: Cursor) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the rows of the part, in the order of the list, and whether there are more beyond."""
    desc = cursor.descending is not cursor.backwards
    tail = f"{ordered('create_time', desc=desc)} LIMIT ?"
    found = listing.tuples(tail, cursor.limit + 1)
    shown = found[: cursor.limit]
    return (shown[::-1] if cursor.backwards else shown), len(found) > cursor.limit
