"""Answers queries from a snapshot of an index in tables."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rag.engines.base import DocumentCount, Duplicate, Hit, SearchQuery, SearchResult
from rag.engines.indexing import check_dimensions, cosines
from rag.engines.repeats import count_repeats, sorted_duplicates
from rag.engines.scoring import vector_similarity
from rag.engines.segmented.ranking import Candidates, Ranking, TrueCosines, open_scope
from rag.engines.segmented.rows import read_chunk, read_vectors
from rag.engines.segmented.segments import Floats, Indices, Packed, quantize_query
from rag.engines.segmented.session import Session
from rag.engines.segmented.views import View
from rag.types import Vector

NOTHING_FOUND = SearchResult(0, (), ())

_COUNTED = 4
"""Numbers up to so many times the rows are counted by place, which is faster than sorting."""


def _chosen_documents(
    session: Session, query: SearchQuery, views: Sequence[View]
) -> NDArray[np.intp] | None:
    if query.document_ids is None and query.condition is None:
        return None
    tests = ["dataset = ANY(?)"]
    values: list[object] = [[view.dataset.number for view in views]]
    if query.document_ids is not None:
        tests.append("id = ANY(?)")
        values.append(list(query.document_ids))
    if query.condition is not None:
        test, operands = session.condition(query.condition)
        tests.append(test)
        values += operands
    statement = " ".join(["SELECT number FROM document WHERE", " AND ".join(tests)])
    found = session.fetch(statement, values)
    return np.fromiter((number for (number,) in found), np.intp)


def _true_cosines(session: Session, vector: Vector | None) -> TrueCosines:
    def true(rows: NDArray[np.int64]) -> Floats:
        if vector is None or not len(rows):
            return np.zeros(len(rows), np.float32)
        return cosines(read_vectors(session, rows.tolist()), vector)

    return true


def _counted(documents: NDArray[np.uint32]) -> tuple[Indices, Indices]:
    """Return which numbers there are, rising, and how many of each."""
    if documents.max(initial=0) > _COUNTED * len(documents):
        return np.unique(documents, return_counts=True)
    counts = np.bincount(documents)
    numbers = np.flatnonzero(counts)
    return numbers, counts[numbers]


def _count_documents(session: Session, documents: NDArray[np.uint32]) -> tuple[DocumentCount, ...]:
    numbers, counts = _counted(documents)
    found = session.fetch(
        "SELECT number, id, name FROM document WHERE number = ANY(?) ORDER BY number",
        [numbers.tolist()],
    )
    # Tuples compare faster than by a key of their own.
    listed = [
        (-count, key, name) for (_, key, name), count in zip(found, counts.tolist(), strict=True)
    ]
    return tuple(DocumentCount(key, name, -count) for count, key, name in sorted(listed))


def _once(order: Sequence[int], digests: Packed) -> list[int]:
    """Return an order of rows without those that hold a passage that came before."""
    seen: dict[int, int] = {}
    for i in order:
        # What has no words has a place of its own: no digest is negative.
        seen.setdefault(int(digests[i]) or -1 - i, i)
    return list(seen.values())


def _read_duplicates(
    session: Session, survivors: Candidates, hits: Sequence[tuple[int, int]]
) -> dict[int, list[Duplicate]]:
    """Return the other survivors with the passages of hits, given as row and digest, by digest."""
    wanted = np.array([digest for _, digest in hits if digest], np.uint64)
    places = np.flatnonzero(np.isin(survivors.digests, wanted))
    shown = {row for row, _ in hits}
    digests = dict(
        zip(survivors.rows[places].tolist(), survivors.digests[places].tolist(), strict=True)
    )
    others = [row for row in digests if row not in shown]
    found: dict[int, list[Duplicate]] = defaultdict(list)
    for row, *columns in session.fetch(
        "SELECT row, id, document, dataset, name FROM passage WHERE row = ANY(?)", [others]
    ):
        found[digests[row]].append(Duplicate(*columns))
    return found


def _read_page(
    session: Session,
    found: Candidates,
    similarities: Floats,
    query: SearchQuery,
    repeated_in: Candidates | None,
) -> tuple[Hit, ...]:
    statement = "SELECT row, id FROM chunk WHERE row = ANY(?)"
    ids: dict[int, str] = dict(session.fetch(statement, [found.rows.tolist()]))
    order = sorted(
        range(len(found.rows)), key=lambda i: (-similarities[i], ids[int(found.rows[i])])
    )
    if repeated_in is not None:
        order = _once(order, found.digests)
    order = order[query.offset : query.offset + query.limit]
    bodies = {
        row: (name, read_chunk(*columns))
        for row, name, *columns in session.fetch(
            "SELECT row, name, id, document, dataset, available, content FROM passage"
            " WHERE row = ANY(?)",
            [[int(found.rows[i]) for i in order]],
        )
    }
    shown = [(int(found.rows[i]), int(found.digests[i])) for i in order]
    duplicates = _read_duplicates(session, repeated_in, shown) if repeated_in else {}
    vectors = vector_similarity(found.vectors, query.floor)
    hits = []
    for i, (row, digest) in zip(order, shown, strict=True):
        name, chunk = bodies[row]
        scores = (float(similarities[i]), float(vectors[i]), float(found.terms[i]))
        hits.append(Hit(chunk, name, *scores, sorted_duplicates(duplicates.get(digest, ()))))
    return tuple(hits)


def search_views(session: Session, views: Sequence[View], query: SearchQuery) -> SearchResult:
    """Return what a query finds in the datasets of some views."""
    views = [view for view in views if view.live]
    if query.vector is not None:
        for view in views:
            check_dimensions(view.dataset.dimensions, len(query.vector))
    scope = open_scope(views, _chosen_documents(session, query, views))
    if not any(allowed.any() for allowed in scope.allowed):
        return NOTHING_FOUND
    vector = None if query.vector is None else quantize_query(query.vector)
    boosts = {view.dataset.row(0): query.boosts.get(view.dataset.id, 0.0) for view in views}
    true = _true_cosines(session, query.vector)
    ranking = Ranking(scope, query, vector, true, boosts)
    survivors = ranking.survivors()
    documents = _count_documents(session, survivors.documents)
    repeats = count_repeats(survivors.digests) if query.distinct else 0
    total = len(survivors.rows) - repeats
    if query.offset >= total or query.limit <= 0:
        return SearchResult(total, (), documents)
    many = query.offset + query.limit
    first, similarities = ranking.first(survivors, many, repeated=repeats > 0)
    hits = _read_page(session, first, similarities, query, survivors if repeats else None)
    return SearchResult(total, hits, documents)
