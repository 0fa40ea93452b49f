"""Conversations that are handed to a plain model as they are."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from api.errors import RuleError
from api.schemas.base import NullFreeRequest
from api.schemas.spoken import MOST_MESSAGES


class ModelNamed(NullFreeRequest):
    """Who is to answer: an assistant, or a plain model."""

    model: str = Field(min_length=1, max_length=255)


class RelayRequest(ModelNamed):
    """A conversation with a plain model; all that is not named here is between client and model."""

    messages: Annotated[
        list[Annotated[dict[str, Any], Field(max_length=64)]],
        Field(min_length=1, max_length=MOST_MESSAGES, fail_fast=True),
    ]
    stream: bool = False
    reference: bool = False
    metadata_condition: Any = None

    @model_validator(mode="after")
    def needs_no_passages(self) -> "RelayRequest":
        """Refuse what assistants alone can do."""
        if self.reference:
            raise RuleError("reference: plain models have no passages, assistants have.")
        if self.metadata_condition:
            raise RuleError("metadata_condition: plain models search nothing, assistants do.")
        return self


def handed_on(given: Mapping[str, object]) -> dict[str, object]:
    """Return what a model gets of a request: all but what only this server knows."""
    ours = {"reference", "metadata_condition"}
    return {key: value for key, value in given.items() if key not in ours}


def relayed(events: Iterator[Mapping[str, object]]) -> Iterator[Mapping[str, object]]:
    """Return the events of a model, which go out as they come."""
    return events
