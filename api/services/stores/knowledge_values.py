"""What the services of knowledge are asked for, checked already."""

from dataclasses import dataclass
from enum import StrEnum

PAGE = 30
"""Rows of a page."""


class Whose(StrEnum):
    """Whose knowledge bases are wanted: the asker's own, those of others, or both."""

    EVERYBODY = ""
    OWN = "created"
    OTHERS = "shared"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a list: by words in names, in the order of a column.

    `directory_id` is that of a directory, empty for the top; without one it is all of them.
    """

    keywords: str = ""
    order: str = "update_time"
    descending: bool = True
    page: int = 1
    limit: int = PAGE
    directory_id: str | None = None

    @property
    def offset(self) -> int:
        """Return how many rows come before the page."""
        return max(self.page - 1, 0) * self.limit
