"""What the requests of the console's pages have in common."""

from typing import Any

from pydantic import Field, field_validator, model_validator

from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, MAX_PAGE_SIZE, LenientFlag, Request, StorableText
from api.services.library.values import Page
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


class ListQuery(Request):
    """Which part of a list; all of it unless both `page` and `page_size` are given."""

    page: int = Field(0, ge=0, le=MAX_PAGE)
    page_size: int = Field(0, ge=0, le=MAX_PAGE_SIZE)
    orderby: str = "create_time"
    desc: LenientFlag = True
    keywords: StorableText = ""

    def part_by(self, orders: dict[str, str]) -> Page:
        """Return which part is asked for; `orders` has the column of each order."""
        if self.orderby not in orders:
            raise ArgumentError(f"invalid orderby field: {quoted(self.orderby)}")
        paged = bool(self.page and self.page_size)
        limit = self.page_size if paged else UNPAGED
        return Page(orders[self.orderby], self.desc, limit, (self.page - 1) * limit if paged else 0)


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
