"""Searching with FTS5 and a matrix of vectors: what the chunk store is measured against."""

import itertools
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import apsw
import numpy as np
import simsimd

from rag.tokenizing.query import query_terms
from rag.tokenizing.tokens import tokenize
from rag.types import Chunk, Matrix, Vector

COMMON = 0.05
"""Words that more of the rows hold are left out of a question that has rarer ones."""

BEST = 30
LIKELY = 300
NEAREST = 1024


class Fts5:
    """A table of tokens and a matrix in memory, searched in the plain way and in a careful one.

    Both do less than the chunk store: they join no scores, count no survivors and fetch no text.
    """

    def __init__(self, path: Path) -> None:
        """Start empty."""
        self.connection = apsw.Connection(str(path))
        self.connection.pragma("journal_mode", "wal")
        self.connection.execute("CREATE VIRTUAL TABLE text USING fts5(content, content='')")
        self.connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab(text, row)")
        self.pieces: list[Matrix] = []
        self.rows = itertools.count()
        self.holders = cache(self._holders)

    def add(self, chunks: list[Chunk], vectors: Matrix) -> None:
        """Take in chunks; they are numbered from 0."""
        rows = [(next(self.rows), " ".join(tokenize(chunk.content))) for chunk in chunks]
        with self.connection:
            self.connection.executemany("INSERT INTO text (rowid, content) VALUES (?, ?)", rows)
        self.pieces.append(vectors)

    def finish(self) -> None:
        """Make the matrices, once all chunks are there."""
        self.matrix = np.concatenate(self.pieces)
        self.rounded = np.rint(self.matrix * 127).astype(np.int8)

    def plain(self, words: list[str], vector: Vector) -> None:
        """Find the 30 best by all words, and by a scan of the full vectors."""
        np.argpartition(-(self.matrix @ vector), BEST)[:BEST]
        self._best(self._tokens(words), BEST)

    def careful(self, words: list[str], vector: Vector) -> set[int]:
        """Return the 300 best by words that are not common, and the 1,024 nearest by int8 scan."""
        tokens = self._tokens(words)
        limit = COMMON * len(self.matrix)
        rarer = [token for token in tokens if self.holders(token) <= limit]
        rounded = np.rint(vector / np.linalg.norm(vector) * 127).astype(np.int8)
        products = np.asarray(simsimd.cdist(rounded, self.rounded, "dot", out_dtype="float32"))[0]
        nearest = np.argpartition(-products, NEAREST)[:NEAREST]
        return {*self._best(rarer or tokens, LIKELY), *nearest.tolist()}

    def _tokens(self, words: list[str]) -> list[str]:
        return [token for token, _ in query_terms(" ".join(words))]

    def _holders(self, token: str) -> int:
        """Return how many rows hold a token."""
        found = self.connection.execute("SELECT doc FROM words WHERE term = ?", (token,))
        return found.get or 0

    def _best(self, tokens: Iterable[str], count: int) -> list[int]:
        """Return the rows that bm25() likes best."""
        match = " OR ".join(f'"{token}"' for token in tokens)
        statement = "SELECT rowid FROM text WHERE text MATCH ? ORDER BY rank LIMIT ?"
        return [row for (row,) in self.connection.execute(statement, (match, count))]
