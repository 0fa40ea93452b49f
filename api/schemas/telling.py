"""What clients tell a model beside the question, at several doors: how to answer, where to end."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

MOST_STOPS = 16
TELLING = frozenset({"system", "developer"})
"""The roles of messages that say how to answer."""

Stop = Annotated[str, Field(min_length=1, max_length=255)]
Stops = Annotated[list[Stop], Field(max_length=MOST_STOPS)]
"""Texts before which an answer is to end."""

Seed = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""The same one asks a model for the same choices."""


def instructions_of(messages: Iterable[tuple[str, str]]) -> str:
    """Return what messages say of how to answer, given by roles and texts."""
    return "\n\n".join(text for role, text in messages if role in TELLING and text.strip())


def stops_of(stop: str | list[str] | None) -> tuple[str, ...]:
    """Return the texts before which an answer is to end, of which there may be one."""
    return (stop,) if isinstance(stop, str) else tuple(stop or ())
