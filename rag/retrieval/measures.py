"""How well a ranking finds what it should: recall and nDCG.

Each wanted thing (a chunk, a page, a file, a text) is found at the rank of the first hit that has
it. Gains are binary: see Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques
(2002). A hit that has several wanted things gains once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from rag.engines.base import Hit


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a question should find: what is not empty of these, all of it in one hit.

    `page` counts from 1; `text` is looked for without regard to case and white space.
    """

    chunk_id: str = ""
    file: str = ""
    page: int = 0
    text: str = ""

    def is_in(self, hit: Hit) -> bool:
        """Return whether a hit has it."""
        chunk = hit.chunk
        return (
            (not self.chunk_id or chunk.id == self.chunk_id)
            and (not self.file or self.file in {hit.document_name, hit.document_path})
            and (not self.page or any(place.page == self.page for place in chunk.positions))
            and (not self.text or plain(self.text) in plain(chunk.content))
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """How well a question was answered: both from 0 to 1; `rank` of the first find, 0 for none."""

    recall: float
    ndcg: float
    rank: int


def plain(text: str) -> str:
    """Return a text in small letters with single spaces."""
    return " ".join(text.casefold().split())


def measured(hits: Sequence[Hit], wanted: Sequence[Wanted]) -> Measured:
    """Measure a ranking, of which all hits count, against at least one wanted thing."""
    ranks = [rank for one in wanted if (rank := rank_of(hits, one))]
    gain = sum(1 / log2(rank + 1) for rank in set(ranks))
    best = sum(1 / log2(rank + 1) for rank in range(1, len(wanted) + 1))
    return Measured(len(ranks) / len(wanted), min(1.0, gain / best), min(ranks, default=0))


def rank_of(hits: Sequence[Hit], wanted: Wanted) -> int:
    """Return the rank of the first hit that has something, from 1; 0 if none has it."""
    return next((rank for rank, hit in enumerate(hits, 1) if wanted.is_in(hit)), 0)
