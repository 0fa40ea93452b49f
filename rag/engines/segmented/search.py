"""Answers queries from a snapshot of an index in tables."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.engines.base import DocumentCount, Duplicate, Hit, SearchQuery, SearchResult
from rag.engines.indexing import check_dimensions, cosines
from rag.engines.repeats import count_repeats, sorted_duplicates
from rag.engines.scoring import vector_similarity
from rag.engines.segmented.ranking import Candidates, Ranking, TrueCosines
from rag.engines.segmented.rows import read_chunk, read_vectors
from rag.engines.segmented.scope import Scope, open_scope
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


def _count_documents(
    session: Session, views: Sequence[View], documents: NDArray[np.uint32]
) -> tuple[DocumentCount, ...]:
    numbers, counts = _counted(documents)
    named = _names(session, views, numbers.tolist())
    # Tuples compare faster than by a key of their own.
    listed = [(-count, *names) for names, count in zip(named, counts.tolist(), strict=True)]
    return tuple(DocumentCount(key, name, -count) for count, key, name in sorted(listed))


def _names(
    session: Session, views: Sequence[View], numbers: Sequence[int]
) -> list[tuple[str, str]]:
    """Return ids and names of documents, which views keep for the next search."""
    known: dict[int, tuple[str, str]] = {}
    for view in views:
        known |= view.names
    unknown = [number for number in numbers if number not in known]
    if unknown:
        by_dataset = {view.dataset.number: view for view in views}
        for dataset, number, *names in session.fetch(
            "SELECT dataset, number, id, name FROM document WHERE number = ANY(?)", [unknown]
        ):
            known[number] = (names[0], names[1])
            by_dataset[dataset].keep_name(number, known[number])
    return [known[number] for number in numbers]


def _once(order: Sequence[int], digests: Sequence[int]) -> list[int]:
    """Return an order of rows without those that hold a passage that came before."""
    seen: dict[int, int] = {}
    for i in order:
        # What has no words has a place of its own: no digest is negative.
        seen.setdefault(digests[i] or -1 - i, i)
    return list(seen.values())


def _read_duplicates(
    session: Session, survivors: NDArray[np.int64], digests: Packed, hits: Sequence[tuple[int, int]]
) -> dict[int, list[Duplicate]]:
    """Return the other survivors with the passages of hits, given as row and digest, by digest."""
    wanted = np.array([digest for _, digest in hits if digest], np.uint64)
    places = np.flatnonzero(np.isin(digests, wanted))
    shown = {row for row, _ in hits}
    passages = dict(zip(survivors[places].tolist(), digests[places].tolist(), strict=True))
    others = [row for row in passages if row not in shown]
    found: dict[int, list[Duplicate]] = defaultdict(list)
    for row, *columns in session.fetch(
        "SELECT row, id, document, dataset, name FROM passage WHERE row = ANY(?)", [others]
    ):
        found[passages[row]].append(Duplicate(*columns))
    return found


def _ordered(session: Session, numbers: list[int], similarities: list[float]) -> list[int]:
    """Return the order of rows by falling similarity, and by id where that is the same."""
    ids: dict[int, str] = {}
    if len(set(similarities)) < len(numbers):
        ids = dict(session.fetch("SELECT row, id FROM chunk WHERE row = ANY(?)", [numbers]))
    return sorted(range(len(numbers)), key=lambda i: (-similarities[i], ids.get(numbers[i], "")))


def _read_page(
    session: Session,
    scope: Scope,
    found: Candidates,
    query: SearchQuery,
    repeated_in: Indices | None,
) -> tuple[Hit, ...]:
    numbers, digests = scope.rows(found.places).tolist(), scope.digests(found.places).tolist()
    order = _ordered(session, numbers, found.similarities.tolist())
    if repeated_in is not None:
        order = _once(order, digests)
    order = order[query.offset : query.offset + query.limit]
    bodies = {
        row: (name, read_chunk(*columns))
        for row, name, *columns in session.fetch(
            "SELECT row, name, id, document, dataset, available, content FROM passage"
            " WHERE row = ANY(?)",
            [[numbers[i] for i in order]],
        )
    }
    shown = [(numbers[i], digests[i]) for i in order]
    duplicates: Mapping[int, list[Duplicate]] = {}
    if repeated_in is not None:
        rows, all_digests = scope.rows(repeated_in), scope.digests(repeated_in)
        duplicates = _read_duplicates(session, rows, all_digests, shown)
    vectors = vector_similarity(found.vectors, query.floor)
    hits = []
    for i, (row, digest) in zip(order, shown, strict=True):
        name, chunk = bodies[row]
        scores = (float(found.similarities[i]), float(vectors[i]), float(found.terms[i]))
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
    documents = _count_documents(session, views, scope.documents(survivors.places))
    repeats = count_repeats(scope.digests(survivors.places)) if query.distinct else 0
    total = len(survivors.places) - repeats
    if query.offset >= total or query.limit <= 0:
        return SearchResult(total, (), documents)
    many = query.offset + query.limit
    first = ranking.first(survivors, many, repeated=repeats > 0)
    hits = _read_page(session, scope, first, query, survivors.places if repeats else None)
    return SearchResult(total, hits, documents)
