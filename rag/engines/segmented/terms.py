"""The words of a query in the parts of a scope: where they are, and what they add to shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.engines import scoring
from rag.engines.base import QueryTerm
from rag.engines.segmented.scope import Scope
from rag.engines.segmented.segments import Floats, Indices, Packed, term_key
from rag.engines.segmented.views import Part

# Terms that more than this share of the rows hold are looked up late, for likely rows alone; for
# few rows it is not worth the trouble.
_COMMON_SHARE = 0.02
_COMMON_ROWS = 2000

_SEARCHED_SHARE = 1 / 5
"""Above this share of a term's holders, to spread all of them out costs less than to search."""

_TOGETHER = 1 << 14
"""Postings that are added together: fewer take as many steps, more leave the processor's cache."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a query that occur: what each adds at most, where, and which come late.

    `places` has for each part of a scope what `Segment.find` returns.
    """

    tokens: list[str]
    gains: list[float]
    places: list[Indices]
    late: NDArray[np.bool_]

    def held_by(self, part: int, *, late: bool) -> tuple[Floats, Indices]:
        """Return gains and places of terms that a part holds: those that come late, or others."""
        places = self.places[part]
        held = np.flatnonzero((places[:, 1] > 0) & (self.late == late))
        return np.array(self.gains, np.float32).take(held), places[held]

    @property
    def late_share(self) -> float:
        """Return the most that late terms add to a share."""
        return sum(gain for gain, late in zip(self.gains, self.late, strict=True) if late)


def _frequencies(part: Part, places: Indices) -> Indices:
    """Return how many rows that searches may find hold each term, given where its postings are."""
    counts: Indices = places[:, 1] - places[:, 0]
    if not part.all_visible:
        for term in np.flatnonzero(counts):
            rows = part.segment.posting_rows[slice(*places[term])]
            counts[term] = np.count_nonzero(part.visible[rows])
    return counts


def _late_terms(
    gains: list[float], frequencies: list[int], live: int, limit: float
) -> NDArray[np.bool_]:
    """Return which common terms may come late without adding more than `limit` to a share."""
    late = np.zeros(len(gains), bool)
    spent = 0.0
    for index in np.argsort(gains):
        common = frequencies[index] > max(_COMMON_ROWS, _COMMON_SHARE * live)
        if common and spent + gains[index] <= limit:
            spent += gains[index]
            late[index] = True
    return late


def find_terms(scope: Scope, terms: Sequence[QueryTerm], limit: float) -> Terms:
    """Return the terms that occur in a scope; those that come late add `limit` at most."""
    wanted = [term for term in terms if term.weight > 0]
    keys: Packed = np.array([term_key(term.token) for term in wanted], np.uint64)
    places = [part.segment.find(keys) for part in scope.parts]
    frequencies = np.zeros(len(wanted), np.intp)
    for part, found in zip(scope.parts, places, strict=True):
        frequencies += _frequencies(part, found)
    held = np.flatnonzero(frequencies)
    common = frequencies[held].tolist()
    gains = [
        wanted[i].weight * scoring.inverse_document_frequency(scope.live, frequency)
        for i, frequency in zip(held, common, strict=True)
    ]
    total = sum(gains)
    shares = [gain / total for gain in gains]
    late = _late_terms(shares, common, scope.live, limit)
    return Terms([wanted[i].token for i in held], shares, [found[held] for found in places], late)


def term_shares(scope: Scope, terms: Sequence[QueryTerm]) -> Mapping[str, float]:
    """Return what those terms that occur in a scope weigh in a search, together 1."""
    found = find_terms(scope, terms, 0.0)
    return dict(zip(found.tokens, found.gains, strict=True))


def add_postings(part: Part, gains: Floats, places: Indices, shares: Floats) -> None:
    """Add terms to the shares of all rows of a part, one after the other."""
    sizes = places[:, 1] - places[:, 0]
    ends = np.flatnonzero(np.diff(np.cumsum(sizes) // _TOGETHER)) + 1
    for first, end in pairwise([0, *ends.tolist(), len(sizes)]):
        some = slice(first, end)
        rows, counts = part.segment.postings(places[some])
        added = scoring.saturation(counts, part.norms.take(rows))
        added *= np.repeat(gains[some], sizes[some])
        np.add.at(shares, rows, added)


def add_late(part: Part, where: slice, gain: np.float32, rows: Indices, shares: Floats) -> None:
    """Add a late term to the shares of `rows`, which are parallel to them."""
    holders = part.segment.posting_rows[where]
    if len(rows) > _SEARCHED_SHARE * len(holders):
        every = np.zeros(len(part.segment.rows), np.uint8)
        every[holders] = part.segment.posting_counts[where]
        found = every.take(rows)
        held = np.flatnonzero(found)
        counts = found[held].astype(np.float32)
    else:
        places = np.minimum(np.searchsorted(holders, rows.astype(np.uint16)), len(holders) - 1)
        held = np.flatnonzero(holders[places] == rows)
        counts = part.segment.posting_counts[where][places[held]].astype(np.float32)
    shares[held] += gain * scoring.saturation(counts, part.norms.take(rows[held]))
