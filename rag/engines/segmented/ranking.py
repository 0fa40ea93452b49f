"""Ranks the rows of segments for a query: approximate vectors, exact words, whole candidate sets.

Which rows survive and in what order is exact all the same: where the error of a scan could change
the outcome, the rows concerned are looked at closely, and where the error that is left could
change it still, the caller is asked for their true cosines.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.engines import scoring
from rag.engines.base import QueryTerm, SearchQuery
from rag.engines.repeats import number_passages
from rag.engines.segmented.rows import ROW_BITS
from rag.engines.segmented.segments import Floats, Indices, Packed, QuantizedQuery, term_key
from rag.engines.segmented.views import Part, View

# Terms that more than this share of the rows hold are looked up late, for likely rows alone; for
# few rows it is not worth the trouble.
_COMMON_SHARE = 0.02
_COMMON_ROWS = 2000
# How much of the threshold such terms may make up together.
_LATE_SHARE = 0.5

TrueCosines = Callable[[NDArray[np.int64]], Floats]
"""Returns the exact cosines of rows, given by their row numbers, with the query's vector."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a query that occur: what each adds at most, where, and which come late."""

    tokens: list[str]
    gains: list[float]
    places: list[list[slice]]
    late: list[bool]

    @property
    def late_share(self) -> float:
        """Return the most that late terms add to a share."""
        return sum(gain for gain, late in zip(self.gains, self.late, strict=True) if late)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that may survive, as parallel arrays; `vectors` are off by `tolerance` at most.

    `places` are those of the rows among all that the parts of a scope have, rising.
    """

    places: Indices
    rows: NDArray[np.int64]
    documents: NDArray[np.uint32]
    digests: Packed
    terms: Floats
    vectors: Floats

    def choose(self, chosen: NDArray[np.bool_] | Indices) -> "Candidates":
        """Return some of them."""
        return Candidates(
            self.places[chosen],
            self.rows[chosen],
            self.documents[chosen],
            self.digests[chosen],
            self.terms[chosen],
            self.vectors[chosen],
        )


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query looks: parts with the base of their row numbers and the rows it may find."""

    parts: list[Part]
    bases: list[int]
    allowed: list[NDArray[np.bool_]]
    live: int


def open_scope(views: Sequence[View], documents: NDArray[np.intp] | None) -> Scope:
    """Return the scope of some views; `documents` are the numbers of those allowed, None all."""
    pairs = [(part, view.dataset.row(0)) for view in views for part in view.parts]
    parts = [part for part, _ in pairs]
    allowed = [part.visible for part in parts]
    if documents is not None:
        highest = max((int(part.segment.documents.max()) for part in parts), default=0)
        table = np.zeros(highest + 1, bool)
        table[documents[documents <= highest]] = True
        allowed = [part.visible & table[part.segment.documents] for part in parts]
    return Scope(parts, [base for _, base in pairs], allowed, sum(view.live for view in views))


def _frequency(part: Part, where: slice) -> int:
    if part.all_visible or where.stop == where.start:
        return int(where.stop - where.start)
    return int(np.count_nonzero(part.visible[part.segment.posting_rows[where]]))


def _late_terms(gains: list[float], frequencies: list[int], live: int, limit: float) -> list[bool]:
    """Return which common terms may come late without adding more than `limit` to a share."""
    late = [False] * len(gains)
    spent = 0.0
    for index in np.argsort(gains):
        common = frequencies[index] > max(_COMMON_ROWS, _COMMON_SHARE * live)
        if common and spent + gains[index] <= limit:
            spent += gains[index]
            late[index] = True
    return late


def _find_terms(scope: Scope, query: SearchQuery) -> Terms:
    wanted = [term for term in query.terms if term.weight > 0]
    keys: Packed = np.array([term_key(term.token) for term in wanted], np.uint64)
    places = [part.segment.find(keys) for part in scope.parts]
    frequencies = [
        sum(_frequency(part, found[i]) for part, found in zip(scope.parts, places, strict=True))
        for i in range(len(wanted))
    ]
    held = [i for i, frequency in enumerate(frequencies) if frequency]
    gains = [
        wanted[i].weight * scoring.inverse_document_frequency(scope.live, frequencies[i])
        for i in held
    ]
    total = sum(gains)
    shares = [gain / total for gain in gains]
    late = _late_terms(shares, [frequencies[i] for i in held], scope.live, _late_limit(query))
    tokens = [wanted[i].token for i in held]
    return Terms(tokens, shares, [[found[i] for i in held] for found in places], late)


def term_shares(scope: Scope, terms: Sequence[QueryTerm]) -> Mapping[str, float]:
    """Return what those terms that occur in a scope weigh in a search, together 1."""
    found = _find_terms(scope, SearchQuery((), tuple(terms)))
    return dict(zip(found.tokens, found.gains, strict=True))


def _late_limit(query: SearchQuery) -> float:
    """Return how much of a share late terms may make up: part of what the threshold asks for."""
    if query.threshold <= 0 or query.vector_weight >= 1:
        return 0.0
    return scoring.share_of(min(_LATE_SHARE * query.threshold, 1.0))


def _add_postings(part: Part, where: slice, gain: float, shares: Floats) -> None:
    rows = part.segment.postings(where)
    counts = part.segment.posting_counts[where].astype(np.float32)
    shares[rows] += np.float32(gain) * scoring.saturation(counts, part.norms[rows])


def _add_late(part: Part, where: slice, gain: float, rows: Indices, shares: Floats) -> None:
    """Add a late term to the shares of `rows`, which are parallel to them."""
    holders = part.segment.posting_rows[where]
    places = np.minimum(np.searchsorted(holders, rows.astype(np.uint16)), len(holders) - 1)
    held = np.flatnonzero(holders[places] == rows)
    counts = part.segment.posting_counts[where][places[held]].astype(np.float32)
    shares[held] += np.float32(gain) * scoring.saturation(counts, part.norms[rows[held]])


class Ranking:
    """One query over one scope."""

    def __init__(
        self,
        scope: Scope,
        query: SearchQuery,
        vector: QuantizedQuery | None,
        true: TrueCosines,
        boosts: Mapping[int, float],
    ) -> None:
        """Initialize with what is needed; `vector` is None for a query of words alone.

        `boosts` are what datasets add to similarities, by the first row numbers of these.
        """
        self._scope = scope
        self._boosts = boosts
        self._query = query
        self._vector = vector
        self._true = true
        self._weight = query.vector_weight
        self._floor = query.floor
        # Nothing reaches beyond 1, nor do single numbers reach as far as a client may ask.
        self._threshold = max(min(query.threshold, 2.0), -2.0)
        segments = [part.segment for part in scope.parts]
        self._ends = np.cumsum([len(segment.rows) for segment in segments])
        # Half a millionth stands for what single precision loses.
        self._tolerance = (vector.tolerance(segments) if vector else 0.0) + 5e-7
        self._fine_tolerance = (vector.fine_tolerance(segments) if vector else 0.0) + 5e-7
        # What a cosine is off by makes more of a similarity above a floor.
        weight = self._weight / (1 - self._floor)
        self._slack = weight * self._tolerance if vector else 5e-7
        self._fine_slack = weight * self._fine_tolerance if vector else 5e-7
        # Single precision loses more beyond 1.
        self._boost_slack = 5e-7 if any(boosts.values()) else 0.0

    def _similarities(self, vectors: Floats, terms: Floats) -> Floats:
        scaled = scoring.vector_similarity(vectors, self._floor)
        return scoring.similarity(scaled, terms, self._weight)

    def _cosine_of(self, similarity: float) -> float:
        """Return the cosine that has a similarity above 0."""
        return self._floor + (1 - self._floor) * similarity

    def _candidates_of(self, index: int, terms: Terms) -> Candidates:
        part, allowed = self._scope.parts[index], self._scope.allowed[index]
        shares = np.zeros(len(part.segment.rows), np.float32)
        places = terms.places[index]
        for gain, where, late in zip(terms.gains, places, terms.late, strict=True):
            if not late and where.stop > where.start:
                _add_postings(part, where, gain, shares)
        vectors = part.segment.scan(self._vector) if self._vector else np.zeros_like(shares)
        rows = self._likely_rows(allowed, shares, vectors, terms.late_share)
        found = shares[rows]
        for gain, where, late in zip(terms.gains, places, terms.late, strict=True):
            if late and where.stop > where.start:
                _add_late(part, where, gain, rows, found)
        first = self._ends[index] - len(part.segment.rows)
        return Candidates(
            places=rows + first,
            rows=part.segment.rows[rows].astype(np.int64) | self._scope.bases[index],
            documents=part.segment.documents[rows],
            digests=part.segment.digests[rows],
            terms=scoring.term_similarity(found),
            vectors=vectors[rows],
        )

    def _likely_rows(
        self, allowed: NDArray[np.bool_], shares: Floats, vectors: Floats, late: float
    ) -> Indices:
        """Return the rows that reach the threshold if they hold all late terms."""
        threshold = self._threshold - self._slack
        if threshold <= 0:
            return np.flatnonzero(allowed)
        # A weighted mean reaches the threshold only if one of its sides does.
        near = vectors >= self._cosine_of(threshold) - self._tolerance
        least = scoring.share_of(min(threshold, 1.0)) - late
        rows = np.flatnonzero(allowed & (near | (shares >= least)) if least > 0 else allowed)
        terms = scoring.term_similarity(shares[rows] + np.float32(late))
        return rows[self._similarities(vectors[rows], terms) >= threshold]

    def survivors(self) -> Candidates:
        """Return the candidates that reach the threshold."""
        terms = _find_terms(self._scope, self._query)
        pieces = [self._candidates_of(i, terms) for i in range(len(self._scope.parts))]
        found = Candidates(
            places=np.concatenate([piece.places for piece in pieces]),
            rows=np.concatenate([piece.rows for piece in pieces]),
            documents=np.concatenate([piece.documents for piece in pieces]),
            digests=np.concatenate([piece.digests for piece in pieces]),
            terms=np.concatenate([piece.terms for piece in pieces]),
            vectors=np.concatenate([piece.vectors for piece in pieces]),
        )
        found = self._over_threshold(found)
        held = found.terms > 0
        return found if held.all() else found.choose(held | self._is_near(found))

    def _is_near(self, found: Candidates) -> NDArray[np.bool_]:
        """Return which survivors are among the nearest by vector.

        Any row nearer than a survivor without words survives for the same reason as that one: so
        the nearest of the survivors without words are the nearest of all.
        """
        if self._vector is None:
            return np.zeros(len(found.rows), bool)
        if len(found.rows) <= self._query.top_k:
            return np.ones(len(found.rows), bool)
        return self._nearest(found)

    def _nearest(self, found: Candidates) -> NDArray[np.bool_]:
        top = self._query.top_k
        exact = found.vectors.copy()
        for tolerance, look in ((self._tolerance, self._fine), (self._fine_tolerance, self._exact)):
            last = np.partition(exact, -top)[-top]
            doubtful = np.flatnonzero(np.abs(exact - last) <= 2 * tolerance)
            # Rows that hold a word are candidates all the same.
            if not found.terms[doubtful].all():
                exact[doubtful] = look(found, doubtful)
        last = np.partition(exact, -top)[-top]
        nearest: NDArray[np.bool_] = exact > last
        # Of those that are as near as the last one the first.
        nearest[np.flatnonzero(exact == last)[: top - np.count_nonzero(nearest)]] = True
        return nearest

    def _over_threshold(self, found: Candidates) -> Candidates:
        threshold = self._threshold
        similarities = self._similarities(found.vectors, found.terms)
        if self._vector is not None and self._weight > 0 and threshold > 0:
            for slack, look in ((self._slack, self._fine), (self._fine_slack, self._exact)):
                doubtful = np.flatnonzero(np.abs(similarities - threshold) <= slack)
                vectors = look(found, doubtful)
                similarities[doubtful] = self._similarities(vectors, found.terms[doubtful])
        return found.choose(similarities >= threshold)

    def _fine(self, found: Candidates, chosen: Indices) -> Floats:
        """Return the cosines of some candidates, off by `_fine_tolerance` at most."""
        places = found.places[chosen]
        cosines = np.zeros(len(places), np.float32)
        begin = 0
        ends = np.searchsorted(places, self._ends)
        for part, first, end in zip(self._scope.parts, self._ends, ends, strict=True):
            if end > begin and self._vector:
                rows = places[begin:end] - (first - len(part.segment.rows))
                cosines[begin:end] = part.segment.look_closely(self._vector, rows)
            begin = end
        return cosines

    def _exact(self, found: Candidates, chosen: Indices) -> Floats:
        """Return the true cosines of some candidates."""
        return self._true(found.rows[chosen])

    def first(
        self, found: Candidates, many: int, *, repeated: bool = False
    ) -> tuple[Candidates, Floats]:
        """Return at least the first `many` survivors with true vectors, and their similarities.

        Where some are `repeated`, these are as many passages, each with those of its rows that may
        be its best.
        """
        found = self._may_be_first(found, many, self._slack, repeated=repeated)
        if self._vector is not None:
            every = np.arange(len(found.rows))
            found = replace(found, vectors=self._fine(found, every))
            found = self._may_be_first(found, many, self._fine_slack, repeated=repeated)
            found = replace(found, vectors=self._true(found.rows))
        return found, self._boosted(found)

    def _may_be_first(
        self, found: Candidates, many: int, slack: float, *, repeated: bool
    ) -> Candidates:
        """Return which may be among the first, where similarities are off by `slack` at most."""
        similarities = self._boosted(found)
        slack = 2 * slack + self._boost_slack
        if repeated:
            return found.choose(_may_be_best(found, similarities, many, slack))
        if len(found.rows) <= many:
            return found
        last = np.partition(similarities, -many)[-many]
        return found.choose(similarities >= last - slack)

    def _boosted(self, found: Candidates) -> Floats:
        """Return the similarities of survivors with what their datasets add."""
        similarities = self._similarities(found.vectors, found.terms)
        for first, boost in self._boosts.items():
            if boost:
                similarities[found.rows >> ROW_BITS == first >> ROW_BITS] += np.float32(boost)
        return similarities


def _may_be_best(
    found: Candidates, similarities: Floats, many: int, slack: float
) -> NDArray[np.bool_]:
    """Return which rows may be the best of one of the first `many` passages."""
    passages = number_passages(found.digests)
    best = passages.best(similarities)
    last = np.partition(best, -many)[-many] if len(best) > many else -np.inf
    own = best[passages.numbers]
    return np.asarray((own >= last - slack) & (similarities >= own - slack))
