"""Chunks on the wire."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from api.errors import ArgumentError, RuleError
from api.schemas.base import (
    DeletionRequest,
    Ids,
    LenientFlag,
    PageQuery,
    Request,
    StorableText,
    without_nul,
)

CONTENT_LIMIT = 1 << 16
"""Characters of a chunk that is written by hand, and of all its questions or keywords together.

No embedding model reads a third of it. Files may make longer chunks (method one)."""

LIST_LIMIT = 1000

Content = Annotated[str, Field(max_length=CONTENT_LIMIT), AfterValidator(without_nul)]
Texts = Annotated[list[StorableText], Field(max_length=LIST_LIMIT, fail_fast=True)]
Flag = Literal[0, 1]
PageBox = Annotated[
    list[Annotated[int, Field(ge=-(2**31), lt=2**31)]], Field(min_length=5, max_length=5)
]


def text_list(name: str, value: Any, refusal: str) -> list[str]:
    """Return a list of texts, stripped and without blank ones; raises RuleError."""
    if not isinstance(value, list):
        raise RuleError(f"`{name}` {refusal}")
    if not all(isinstance(item, str) for item in value):
        raise RuleError(f"`{name}` must be a list of strings")
    if sum(map(len, value)) > CONTENT_LIMIT:
        raise ArgumentError(f"`{name}` may have {CONTENT_LIMIT:,} characters in all.")
    return [item.strip() for item in value if item.strip()]


def flag(name: str, value: Any) -> int:
    """Return true, false, 1 or 0 as a number; raises ArgumentError."""
    if value not in (0, 1):
        raise ArgumentError(f"`{name}` must be true, false, 1 or 0.")
    return int(value)


class ChunkRequest(Request):
    """A new chunk."""

    content: Content = ""
    important_keywords: Texts = Field(default_factory=list)
    questions: Texts = Field(default_factory=list)

    @field_validator("content", mode="before")
    @classmethod
    def content_is_text(cls, content: Any) -> Any:
        """Refuse a content that is missing or blank."""
        if content is None or (isinstance(content, str) and not content.strip()):
            raise RuleError("`content` is required")
        return content

    @field_validator("important_keywords", "questions", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Take a null for an empty list and leave blank texts out."""
        return text_list(
            info.field_name, [] if value is None else value, "is required to be a list"
        )

    @model_validator(mode="after")
    def content_is_given(self) -> Self:
        """Refuse a chunk without content."""
        if not self.content:
            raise RuleError("`content` is required")
        return self


class ChunkChange(Request):
    """What to change of a chunk; a null counts as not given."""

    content: Content | None = None
    important_keywords: Texts | None = None
    questions: Texts | None = None
    available: Flag | None = None
    positions: Annotated[list[PageBox], Field(max_length=LIST_LIMIT, fail_fast=True)] | None = None

    @field_validator("content", mode="before")
    @classmethod
    def content_is_text(cls, content: Any) -> Any:
        """Refuse a blank content."""
        if isinstance(content, str) and not content.strip():
            raise RuleError("`content` is required")
        return content

    @field_validator("important_keywords", "questions", mode="before")
    @classmethod
    def texts(cls, value: Any, info: Any) -> Any:
        """Leave blank texts out."""
        return None if value is None else text_list(info.field_name, value, "should be a list")

    @field_validator("available", mode="before")
    @classmethod
    def available_is_a_flag(cls, value: Any) -> Any:
        """Take true and false for 1 and 0."""
        return None if value is None else flag("available", value)

    def columns(self) -> dict[str, Any]:
        """Return the given columns of the chunk."""
        given = self.model_dump(exclude_none=True)
        if "available" in given:
            given["available"] = bool(given["available"])
        return given


class ChunkQuery(PageQuery):
    """Which chunks of a document to list."""

    keywords: str = ""
    id: str = ""
    available: LenientFlag | None = None


class ChunkAvailability(Request):
    """Which chunks are to be found by searches, or not any more."""

    chunk_ids: Ids = Field(default=[])
    available: Flag | None = None

    @model_validator(mode="before")
    @classmethod
    def complete(cls, values: Any) -> Any:
        """Name what is missing, and take the flag by either of its names."""
        if not isinstance(values, dict) or not values.get("chunk_ids"):
            raise RuleError("`chunk_ids` is required.")
        for name in ("available_int", "available"):
            if values.get(name) is not None:
                return {**values, "available": flag(name, values[name])}
        raise RuleError("`available_int` or `available` is required.")


class ChunkDeletion(DeletionRequest):
    """Which chunks to delete."""

    listed_in: ClassVar[str] = "chunk_ids"
    chunk_ids: Ids | None = Field(default=[])
