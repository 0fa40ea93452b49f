"""What a chunk may hold that is written by hand, the same at all doors."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from api.errors import ArgumentError, RuleError
from api.schemas.base import StorableText, without_nul

ORDER = "ordinal"
"""The column by which the chunks of a document are in order."""

CONTENT_LIMIT = 1 << 16
"""Characters of a chunk that is written by hand, and of all its questions or keywords together.

No embedding model reads a third of it. Files may make longer chunks (method one)."""

LIST_LIMIT = 1000

KEPT_AS_SENT = {"important_keywords", "important_kwd"}
"""The lists of which nothing is left out."""

Content = Annotated[str, Field(max_length=CONTENT_LIMIT), AfterValidator(without_nul)]
Texts = Annotated[list[StorableText], Field(max_length=LIST_LIMIT, fail_fast=True)]
Flag = Literal[0, 1]
PageBox = Annotated[
    list[Annotated[int, Field(ge=-(2**31), lt=2**31)]], Field(min_length=5, max_length=5)
]


def text_list(name: str, value: Any, refusal: str) -> list[str]:
    """Return a list of texts; questions are stripped, and blank ones left out. Raises RuleError."""
    if not isinstance(value, list):
        raise RuleError(f"`{name}` {refusal}")
    if not all(isinstance(item, str) for item in value):
        raise RuleError(f"`{name}` must be a list of strings")
    if sum(map(len, value)) > CONTENT_LIMIT:
        raise ArgumentError(f"`{name}` may have {CONTENT_LIMIT:,} characters in all.")
    if name in KEPT_AS_SENT:
        return value
    return [item.strip() for item in value if item.strip()]


def flag(name: str, value: Any) -> int:
    """Return true, false, 1 or 0 as a number; raises ArgumentError."""
    if value not in (0, 1):
        raise ArgumentError(f"`{name}` must be true, false, 1 or 0.")
    return int(value)
