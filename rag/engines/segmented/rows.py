"""How chunks lie in the rows of an index in tables."""

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rag.engines.indexing import Tokenize, count_terms, in_language
from rag.engines.repeats import content_digest
from rag.engines.segmented.segments import Row, pack_terms
from rag.engines.segmented.session import Session
from rag.errors import ChunkStoreMovedError
from rag.passages import passage_text
from rag.types import Chunk, DocumentFacts, Matrix, Position, Vector

ROW_BITS = 32
"""Of a row number: the running number. The number of the dataset is in the bits above."""


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


class Ready(NamedTuple):
    """A chunk as its row holds it; `known` is what of its document it was indexed with.

    That are the words by which all its chunks are found, and the language. `length` is in tokens.
    """

    known: tuple[str, str]
    chunk: Chunk
    vector: bytes
    length: int
    terms: bytes
    content: bytes
    digest: int


def make_ready(
    found_by: str, language: str, chunk: Chunk, vector: bytes, tokenize: Tokenize
) -> Ready:
    """Return what is written of a chunk of a document."""
    counts = count_terms(found_by, chunk, in_language(tokenize, language))
    return Ready(
        known=(found_by, language),
        chunk=chunk,
        vector=vector,
        length=counts.total(),
        terms=pack_terms(counts),
        content=write_content(chunk),
        digest=content_digest(passage_text(chunk.headings, chunk.content)),
    )


def make_all_ready(
    facts: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix, tokenize: Tokenize
) -> list[Ready]:
    """Return what is written of chunks: no transaction has to last as long as making it takes."""
    return [
        make_ready(facts.found_by, facts.language, chunk, as_blob(vector), tokenize)
        for chunk, vector in zip(chunks, vectors, strict=True)
    ]


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
    plain = content if content[:1] == b"[" else zlib.decompress(content)
    found: list[Any] = json.loads(plain.decode("utf-8", "surrogatepass"))
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


def read_text(value: Any) -> str:
    """Return a text that stands in a column of bytes where the database takes not all texts."""
    return value.decode("utf-8", "surrogatepass") if isinstance(value, bytes) else str(value)


def store_key(session: Session) -> str:
    """Return what tells this store from any other that was or will be at the same place.

    Raises ChunkStoreMovedError if what it held is elsewhere now.
    """
    found: dict[str, str] = dict(
        session.fetch("SELECT key, value FROM store WHERE key IN ('key', 'moved')")
    )
    if "moved" in found:
        raise ChunkStoreMovedError(found["moved"])
    return found["key"]


def read_segment_rows(session: Session, first: int, last: int) -> list[Row]:
    """Return what is indexed of the rows from `first` to before `last`, by rising number."""
    found = session.fetch(
        "SELECT row & 4294967295, document, length, digest, terms, vector"
        " FROM chunk JOIN body USING (row) WHERE row >= ? AND row < ? ORDER BY row",
        (first, last),
    )
    return [Row(*columns) for columns in found]


def count_rows(session: Session, first: int, last: int) -> int:
    """Return how many rows there are from `first` to before `last`, visible or not."""
    statement = "SELECT count(*) FROM chunk WHERE row >= ? AND row < ?"
    return int(session.fetch(statement, (first, last))[0][0])


def read_vectors(session: Session, rows: list[int]) -> Matrix:
    """Return the vectors of rows, in their order; each must exist."""
    statement = "SELECT row, vector FROM body WHERE row = ANY(?)"
    found: dict[int, bytes] = dict(session.fetch(statement, [rows]))
    joined = b"".join([found[row] for row in rows])
    return np.frombuffer(joined, np.float32).reshape(len(rows), -1)


def as_blob(vector: Vector) -> bytes:
    """Return a vector as it is stored."""
    return np.asarray(vector, np.float32).tobytes()
