"""How chunks lie in the rows of the SQLite store."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import apsw
import numpy as np

from rag.engines.indexing import Tokenize, count_terms
from rag.engines.sqlite.schema import ROW_BITS
from rag.engines.sqlite.segments import Row, pack_terms
from rag.types import Chunk, Matrix, Position, Vector


@dataclass(frozen=True, slots=True)
class Dataset:
    """The row of a dataset in the store, with the id that it has outside."""

    number: int
    dimensions: int
    version: int
    next_row: int
    id: str = ""

    def row(self, running: int) -> int:
        """Return the row number of a running number."""
        return (self.number << ROW_BITS) | running


_LEVEL = 3
"""Of zlib: passages of 100 words get to 0.6 of their size, in letters other than Latin to 0.4."""


def row_index(chunk: Chunk, name: str, tokenize: Tokenize) -> tuple[int, bytes]:
    """Return the length of a chunk in tokens, and its packed terms."""
    counts = count_terms(name, chunk, tokenize)
    return counts.total(), pack_terms(list(counts.items()))


def write_content(chunk: Chunk) -> bytes:
    """Return what only those who read a chunk need of it, compressed."""
    positions = [position.as_list() for position in chunk.positions]
    written = json.dumps(
        [
            chunk.content,
            chunk.ordinal,
            chunk.important_keywords,
            chunk.questions,
            positions,
            chunk.image_id,
            chunk.created_at,
            chunk.headings,
        ],
        ensure_ascii=False,
    )
    return zlib.compress(written.encode("utf-8", "surrogatepass"), _LEVEL)


def read_content(content: bytes) -> list[Any]:
    """Return the fields that `write_content` wrote, or a program before it, which compressed none.

    Those are content, ordinal, keywords, questions, positions, image, time, and maybe headings.
    """
    found: list[Any] = json.loads(content if content[:1] == b"[" else zlib.decompress(content))
    return found


def read_chunk(
    chunk_id: str, document_id: str, dataset_id: str, available: int, content: bytes
) -> Chunk:
    """Return a chunk as it was written, from columns of `passage` in this order."""
    # Chunks that were written by earlier releases have no headings.
    fields = read_content(content)
    text, ordinal, keywords, questions, positions, image_id, created_at, *rest = fields
    return Chunk(
        id=chunk_id,
        document_id=document_id,
        dataset_id=dataset_id,
        content=text,
        ordinal=ordinal,
        important_keywords=tuple(keywords),
        questions=tuple(questions),
        positions=tuple(Position(*position) for position in positions),
        image_id=image_id,
        available=bool(available),
        created_at=created_at,
        headings=tuple(rest[0]) if rest else (),
    )


def read_segment_rows(connection: apsw.Connection, first: int, last: int) -> list[Row]:
    """Return what is indexed of the rows from `first` to before `last`, by rising number."""
    found = connection.execute(
        "SELECT row & 0xffffffff, document, length, digest, terms, vector"
        " FROM chunk JOIN body USING (row) WHERE row >= ? AND row < ? ORDER BY row",
        (first, last),
    )
    return [Row(*columns) for columns in found]


def count_rows(connection: apsw.Connection, first: int, last: int) -> int:
    """Return how many rows there are from `first` to before `last`, visible or not."""
    statement = "SELECT count(*) FROM chunk WHERE row >= ? AND row < ?"
    return int(connection.execute(statement, (first, last)).get)


def read_vectors(connection: apsw.Connection, rows: Sequence[int]) -> Matrix:
    """Return the vectors of rows, in their order; each must exist."""
    found: dict[int, bytes] = dict(
        connection.execute(
            "SELECT row, vector FROM body WHERE row IN (SELECT value FROM json_each(?))",
            (json.dumps(rows),),
        )
    )
    joined = b"".join([found[row] for row in rows])
    return np.frombuffer(joined, np.float32).reshape(len(rows), -1)


def as_blob(vector: Vector) -> bytes:
    """Return a vector as it is stored."""
    return np.asarray(vector, np.float32).tobytes()
