"""What is told of chunks that people make."""

from dataclasses import dataclass
from typing import NamedTuple

from api.services.library.records import ChunkRecord, DocumentPlace


class HandMade(NamedTuple):
    """How many chunks of a document people have made, and what parsing it again does to them.

    `edited` are those that were changed or hidden; `discard_edits` loses these. `added` are kept.
    `hidden` are those of all that no search finds.
    """

    edited: int
    added: int
    hidden: int


@dataclass(frozen=True, slots=True)
class ShapedChunks:
    """What chunks that were split or merged are now, and the document that they are part of."""

    chunks: list[ChunkRecord]
    document: DocumentPlace
