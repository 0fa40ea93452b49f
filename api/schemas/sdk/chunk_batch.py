"""Chunks that are already cut, a JSON object in each line, on the wire."""

from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
from pydantic import Field, field_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.chunk_fields import LIST_LIMIT, Flag, PageBox, flag
from api.schemas.sdk.chunk import ChunkRequest
from api.services.library.chunk_batches import Added
from api.services.library.values import CutChunk

MOST_COMPONENTS = 16_384

Component = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ChunkLine(ChunkRequest):
    """A chunk that is already cut, maybe with its id and its vector."""

    id: Annotated[str, Field(pattern=r"^([0-9a-f]{16})?$")] = ""
    available: Flag = 1
    positions: Annotated[list[PageBox], Field(max_length=LIST_LIMIT, fail_fast=True)] = Field(
        default=[]
    )
    vector: (
        Annotated[list[Component], Field(min_length=1, max_length=MOST_COMPONENTS, fail_fast=True)]
        | None
    ) = None

    @field_validator("available", mode="before")
    @classmethod
    def available_is_a_flag(cls, value: Any) -> Any:
        """Read true and false as 1 and 0."""
        return flag("available", value)


def cut_chunks(dimensions: int) -> Callable[[int, ChunkLine], CutChunk]:
    """Return what makes a chunk of a line; it raises ArgumentError for what does not fit.

    That is a vector of another length than `dimensions`, or without one, and an id that a line
    before has.
    """
    lines: dict[str, int] = {}

    def made(number: int, line: ChunkLine) -> CutChunk:
        if line.id and lines.setdefault(line.id, number) != number:
            raise ArgumentError(f"`id`: line {lines[line.id]} has {line.id}, too.")
        with np.errstate(over="ignore"):
            vector = None if line.vector is None else np.asarray(line.vector, np.float32)
        if vector is not None and len(vector) != dimensions:
            raise ArgumentError(
                f"`vector` has {len(vector):,} components, and those of the dataset have"
                f" {dimensions:,}."
            )
        if vector is not None and not 0 < np.linalg.norm(vector) < np.inf:
            raise ArgumentError("`vector`: it has no direction, or components beyond all bounds.")
        available, positions = bool(line.available), line.positions
        return CutChunk(number, line.wanted(), line.id, available, positions, vector)

    return made


class BatchAnswer(TypedDict):
    """How many chunks were added, about how many tokens they have, and their ids in their order."""

    added: int
    tokens: int
    ids: list[str]


def present_batch(added: Added) -> BatchAnswer:
    """Return what was added as it goes out."""
    return {"added": len(added.ids), "tokens": added.tokens, "ids": list(added.ids)}
