"""Cutting a document to see what comes of it, on the wire."""

from typing import Self

from pydantic import Field, field_validator, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_PAGE, Request
from api.schemas.parser_config import ParserConfig, checked_method, options_of
from api.services.library.values import Cut
from api.services.unset import UNSET
from rag.ingestion.cutting import FirstChunks

MOST_CHUNKS = 200


class CutRequest(Request):
    """How a document is to be cut, as in its change; its own settings where nothing is said.

    Of formats with pages only those from `first_page` to `last_page` are read (0: to the end).
    """

    chunk_method: str | None = None
    parser_config: ParserConfig | None = None
    first_page: int = Field(1, ge=1, le=MAX_PAGE)
    last_page: int = Field(0, ge=0, le=MAX_PAGE)
    limit: int = Field(20, ge=1, le=MOST_CHUNKS)

    @field_validator("chunk_method")
    @classmethod
    def known_method(cls, method: str | None) -> str | None:
        """Refuse a chunk method that is not known, or not built."""
        return checked_method(method)

    @model_validator(mode="after")
    def pages_in_order(self) -> Self:
        """Refuse a last page before the first."""
        if 0 < self.last_page < self.first_page:
            raise ArgumentError("`last_page` comes before `first_page`.")
        return self

    def cut(self) -> Cut:
        """Return how to cut."""
        return Cut(
            self.limit,
            chunk_method=UNSET if self.chunk_method is None else self.chunk_method,
            options=options_of(self.parser_config, said=self.parser_config is not None),
            first_page=self.first_page,
            last_page=self.last_page,
        )


class DraftAnswer(TypedDict):
    """A chunk that would be made."""

    content: str
    positions: list[list[int]]
    questions: list[str]
    important_keywords: list[str]
    headings: list[str]


class PreviewAnswer(TypedDict):
    """The first chunks that would be made, whether there are more, and remarks on pages."""

    chunks: list[DraftAnswer]
    more: bool
    remarks: list[str]


def present_preview(found: FirstChunks) -> PreviewAnswer:
    """Return the chunks that would be made as they go out."""
    return {
        "chunks": [
            {
                "content": draft.content,
                "positions": [position.as_list() for position in draft.positions],
                "questions": list(draft.questions),
                "important_keywords": list(draft.keywords),
                "headings": list(draft.headings),
            }
            for draft in found.drafts
        ],
        "more": found.more,
        "remarks": list(found.notes),
    }
