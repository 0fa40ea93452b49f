"""What the requests of the console's pages have in common."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from api.errors import ArgumentError
from api.schemas import listing
from api.schemas.base import MAX_PAGE, MAX_PAGE_SIZE, LenientFlag, Request, StorableText
from api.services.library.values import Page, Place
from rag.quoting import quoted

UNPAGED = 10_000
"""The longest list where no page of it is asked for."""


class ConsoleRequest(Request):
    """A request whose fields that are missing are named together."""

    @model_validator(mode="before")
    @classmethod
    def complete(cls, values: Any) -> Any:
        """Name all fields that are required and missing."""
        required = (name for name, field in cls.model_fields.items() if field.is_required())
        if isinstance(values, dict) and (lacking := [key for key in required if key not in values]):
            raise ArgumentError(f"required argument are missing: {', '.join(lacking)}; ")
        return values


class ListQuery(listing.ListQuery):
    """Which part of a list; all of it unless both `page` and `page_size` are given.

    A page that begins behind a row (`after`) needs a size alone, and without one has all that
    follows.
    """

    orders: ClassVar[Mapping[str, str]]
    """The columns by the names of the orders."""

    page: int = Field(0, ge=0, le=MAX_PAGE)
    page_size: int = Field(0, ge=0, le=MAX_PAGE_SIZE)
    orderby: str = "create_time"
    desc: LenientFlag = True
    keywords: StorableText = ""

    @property
    def most(self) -> int:
        """Return how many rows are asked for."""
        paged = self.page_size and (self.page or self.after)
        return self.page_size if paged else UNPAGED

    def part(self) -> Page:
        """Return which part of the list is asked for."""
        if self.orderby not in self.orders:
            raise ArgumentError(f"invalid orderby field: {quoted(self.orderby)}")
        order, offset = self.orders[self.orderby], max(self.page - 1, 0) * self.page_size
        return Page(order, self.desc, self.most, offset, self.place(order))

    def next_after(self, found: Sequence[Any]) -> str:
        """Return the cursor of the last record of a full page; empty where nothing follows."""
        if not found or len(found) < self.most:
            return ""
        order, last = self.orders[self.orderby], found[-1]
        return listing.written_cursor(Place(last.id, getattr(last, order)), order)


class KbListQuery(ListQuery):
    """Which part of what is in a dataset."""

    kb_id: str = Field("", validate_default=True)

    @field_validator("kb_id")
    @classmethod
    def required(cls, kb_id: str) -> str:
        """Refuse to list what is in no dataset."""
        if not kb_id:
            raise ArgumentError('Lack of "KB ID"')
        return kb_id
