"""Ranks the rows of segments for a query: approximate vectors, exact words, whole candidate sets.

Which rows survive and in what order is exact all the same: where the error of a scan could change
the outcome, the rows concerned are looked at closely, and where the error that is left could
change it still, the caller is asked for their true cosines.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.engines import scoring
from rag.engines.base import SearchQuery
from rag.engines.repeats import number_passages
from rag.engines.segmented.rows import ROW_BITS
from rag.engines.segmented.scope import Scope
from rag.engines.segmented.segments import Floats, Indices, Packed, QuantizedQuery
from rag.engines.segmented.terms import Terms, add_late, add_postings, find_terms

_LATE_SHARE = 0.5
"""How much of the threshold terms that come late may make up together."""

_LOST = 2e-6
"""More than single precision loses where it is only asked which rows are worth a look."""

TrueCosines = Callable[[NDArray[np.int64]], Floats]
"""Returns the exact cosines of rows, given by their row numbers, with the query's vector."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that may survive, as parallel arrays; `places` are those in the scope, rising.

    `vectors` and `similarities` are off by what the ranking allows for at most.
    """

    places: Indices
    terms: Floats
    vectors: Floats
    similarities: Floats

    def choose(self, chosen: NDArray[np.bool_]) -> "Candidates":
        """Return some of them."""
        kept = np.flatnonzero(chosen)
        if len(kept) == len(chosen):
            return self
        return Candidates(
            self.places.take(kept),
            self.terms.take(kept),
            self.vectors.take(kept),
            self.similarities.take(kept),
        )


def _late_limit(query: SearchQuery) -> float:
    """Return how much of a share late terms may make up: part of what the threshold asks for."""
    if query.threshold <= 0 or query.vector_weight >= 1:
        return 0.0
    return scoring.share_of(min(_LATE_SHARE * query.threshold, 1.0))


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
        # In place, as there may be a million.
        similarities = scoring.vector_similarity(vectors, self._floor)
        similarities *= np.float32(self._weight)
        similarities += np.float32(1 - self._weight) * terms
        return similarities

    def _candidates_of(self, index: int, terms: Terms) -> tuple[Indices, Floats, Floats]:
        """Return places, term similarities and scanned cosines of the likely rows of a part."""
        part, allowed = self._scope.parts[index], self._scope.allowed[index]
        shares = np.zeros(len(part.segment.rows), np.float32)
        add_postings(part, *terms.held_by(index, late=False), shares)
        vectors = part.segment.scan(self._vector) if self._vector else np.zeros_like(shares)
        rows = self._likely_rows(allowed, shares, vectors, terms.late_share)
        found = shares.take(rows)
        for gain, place in zip(*terms.held_by(index, late=True), strict=True):
            add_late(part, slice(*place.tolist()), gain, rows, found)
        places = rows + self._scope.first_of(index)
        return places, scoring.term_similarity(found), vectors.take(rows)

    def _likely_rows(
        self, allowed: NDArray[np.bool_], shares: Floats, vectors: Floats, late: float
    ) -> Indices:
        """Return the rows that reach the threshold if they hold all late terms."""
        least = self._threshold - self._slack - _LOST
        if least <= 0:
            return np.flatnonzero(allowed)
        if self._vector is None and self._weight < 1:
            share = scoring.share_of(min(least / (1 - self._weight), 1.0))
            likely = shares >= np.float32(share - late - _LOST)
            likely &= allowed
            return np.flatnonzero(likely)
        # What a vector adds beyond the threshold, or lacks; it never adds less than nothing.
        scale = self._weight / (1 - self._floor)
        left = vectors * np.float32(scale)
        left -= np.float32(scale * self._floor + least)
        np.maximum(left, np.float32(-least), out=left)
        # left + (1 - weight) * term_similarity(share) >= 0, multiplied with its denominator.
        reach = left * np.float32(scoring.K1)
        reach += np.float32((1 - self._weight) * (scoring.K1 + 1))
        reach *= shares + np.float32(late) if late else shares
        reach += left
        likely = reach >= 0
        likely &= allowed
        return np.flatnonzero(likely)

    def survivors(self) -> Candidates:
        """Return the candidates that reach the threshold."""
        terms = find_terms(self._scope, self._query.terms, _late_limit(self._query))
        pieces = [self._candidates_of(i, terms) for i in range(len(self._scope.parts))]
        places, shares, vectors = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
        similarities = self._similarities(vectors, shares)
        found = self._over_threshold(Candidates(places, shares, vectors, similarities))
        held = found.terms > 0
        return found if held.all() else found.choose(held | self._is_near(found))

    def _is_near(self, found: Candidates) -> NDArray[np.bool_]:
        """Return which survivors are among the nearest by vector.

        Any row nearer than a survivor without words survives for the same reason as that one: so
        the nearest of the survivors without words are the nearest of all.
        """
        if self._vector is None:
            return np.zeros(len(found.places), bool)
        if len(found.places) <= self._query.top_k:
            return np.ones(len(found.places), bool)
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
        similarities = found.similarities
        if self._vector is not None and self._weight > 0 and threshold > 0:
            for slack, look in ((self._slack, self._fine), (self._fine_slack, self._exact)):
                near = similarities >= threshold - slack
                near &= similarities <= threshold + slack
                doubtful = np.flatnonzero(near)
                vectors = look(found, doubtful)
                similarities[doubtful] = self._similarities(vectors, found.terms[doubtful])
        return found.choose(similarities >= threshold)

    def _fine(self, found: Candidates, chosen: Indices) -> Floats:
        """Return the cosines of some candidates, off by `_fine_tolerance` at most."""
        cosines = found.vectors[chosen]
        if self._vector:
            for index, where, rows in self._scope.split(found.places[chosen]):
                segment = self._scope.parts[index].segment
                cosines[where] += segment.rest(self._vector, rows)
        return cosines

    def _exact(self, found: Candidates, chosen: Indices) -> Floats:
        """Return the true cosines of some candidates."""
        return self._true(self._scope.rows(found.places[chosen]))

    def first(self, found: Candidates, many: int, *, repeated: bool = False) -> Candidates:
        """Return at least the first `many` survivors with true vectors and similarities.

        Where some are `repeated`, these are as many passages, each with those of its rows that may
        be its best.
        """
        found = self._boosted(found)
        found = self._may_be_first(found, many, self._slack, repeated=repeated)
        if self._vector is not None:
            every = np.arange(len(found.places))
            found = self._boosted(self._with_vectors(found, self._fine(found, every)))
            found = self._may_be_first(found, many, self._fine_slack, repeated=repeated)
            true = self._true(self._scope.rows(found.places))
            found = self._boosted(self._with_vectors(found, true))
        return found

    def _with_vectors(self, found: Candidates, vectors: Floats) -> Candidates:
        similarities = self._similarities(vectors, found.terms)
        return replace(found, vectors=vectors, similarities=similarities)

    def _may_be_first(
        self, found: Candidates, many: int, slack: float, *, repeated: bool
    ) -> Candidates:
        """Return which may be among the first, where similarities are off by `slack` at most."""
        similarities = found.similarities
        slack = 2 * slack + self._boost_slack
        if len(similarities) <= many:
            return found
        if not repeated:
            last = np.partition(similarities, -many)[-many]
            return found.choose(similarities >= last - slack)
        # A row may be its passage's best without being the one that brings it among the first.
        found = found.choose(similarities >= self._least_of_first(found, many) - 2 * slack)
        digests = self._scope.digests(found.places)
        return found.choose(_may_be_best(digests, found.similarities, many, slack))

    def _least_of_first(self, found: Candidates, many: int) -> float:
        """Return a similarity that `many` passages reach, if there are so many."""
        similarities, rows = found.similarities, many
        while (rows := rows * 2) < len(similarities):
            first = np.argpartition(similarities, -rows)[-rows:]
            first.sort()
            if number_passages(self._scope.digests(found.places[first])).count >= many:
                return float(similarities[first].min())
        return float(similarities.min())

    def _boosted(self, found: Candidates) -> Candidates:
        """Return survivors with what their datasets add to similarities."""
        boosts = [(first, boost) for first, boost in self._boosts.items() if boost]
        if not boosts:
            return found
        similarities = found.similarities.copy()
        datasets = self._scope.rows(found.places) >> ROW_BITS
        for first, boost in boosts:
            similarities[datasets == first >> ROW_BITS] += np.float32(boost)
        return replace(found, similarities=similarities)


def _may_be_best(
    digests: Packed, similarities: Floats, many: int, slack: float
) -> NDArray[np.bool_]:
    """Return which rows may be the best of one of the first `many` passages."""
    passages = number_passages(digests)
    best = passages.best(similarities)
    last = np.partition(best, -many)[-many] if len(best) > many else -np.inf
    own = best[passages.numbers]
    return np.asarray((own >= last - slack) & (similarities >= own - slack))
