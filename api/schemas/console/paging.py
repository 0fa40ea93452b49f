"""Lists of the console: a page of them, or all, as pickers ask for them."""

from pydantic import Field

from api.schemas.base import MAX_PAGE, LenientFlag, Request, StorableText
from api.services.library.values import Page

MOST_ROWS = 10_000
"""How many rows a list has at most where no page is asked for."""


class PickerQuery(Request):
    """Which part of a list; all of it unless both `page` and `page_size` are above 0."""

    page: int = Field(0, ge=0, le=MAX_PAGE)
    page_size: int = Field(0, ge=0, le=MOST_ROWS)
    keywords: StorableText = ""
    desc: LenientFlag = True

    def rows(self, order: str) -> Page:
        """Return which part is asked for, in the order of a column."""
        if not (self.page and self.page_size):
            return Page(order, self.desc, MOST_ROWS, 0)
        return Page(order, self.desc, self.page_size, (self.page - 1) * self.page_size)
