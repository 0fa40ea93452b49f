"""Searches in a snapshot: statistics first, then the formulas of `scoring` on the server.

Where not more chunks may be found than are looked at one by one, each is scored, and everything is
exact. Else those are that are best by words, and those that are nearest by vector.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rag.engines import scoring
from rag.engines.base import DocumentCount, Duplicate, Hit, QueryTerm, SearchQuery, SearchResult
from rag.engines.indexing import check_dimensions, cosines, unit_rows
from rag.engines.opensearch.client import Json
from rag.engines.opensearch.conditions import condition_query
from rag.engines.opensearch.dialect import Dialect
from rag.engines.opensearch.rows import chunk_of, held_words, read_label, read_vector, word
from rag.engines.opensearch.schema import WINDOW
from rag.engines.opensearch.script import SHARE, near, score
from rag.engines.opensearch.snapshot import Snapshot
from rag.engines.repeats import sorted_duplicates

_BEST = 1000
"""Of the best by words and of the nearest by vector so many are scored, where not all are."""

_MOST_BUCKETS = 65_000
"""Documents, or repeated passages, that one answer counts."""

_SHOWN: Json = {"term": {"shown": True}}
_EMPTY = SearchResult(0, (), ())
_FIELDS = [
    *("chunk", "document", "dataset", "available", "content", "label", "passage"),
    *("tokens", "length", "vector", "raw"),
]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What terms weigh in some datasets, what lengths do, and how many chunks may be found."""

    gains: dict[str, float]
    averages: dict[str, float]
    allowed: int

    @property
    def whole(self) -> float:
        """Return the most that a chunk could gain."""
        return sum(self.gains.values()) or 1.0

    def share(self, dataset_id: str, length: int, held: Mapping[str, int]) -> float:
        """Return the share of the question that a chunk has."""
        norm = scoring.length_norm(float(length), self.averages[dataset_id])
        found = sum(
            gain * scoring.saturation(float(held[one]), norm)
            for one, gain in self.gains.items()
            if one in held
        )
        return found / self.whole


def _allowed(query: SearchQuery) -> list[Json]:
    filters: list[Json] = []
    if query.document_ids is not None:
        filters.append({"terms": {"document": list(query.document_ids)}})
    if query.condition is not None:
        filters.append(condition_query(query.condition))
    return filters


def read_statistics(
    snapshot: Snapshot, terms: Sequence[QueryTerm], allowed: Sequence[Json] = ()
) -> Statistics:
    """Return what terms weigh in a snapshot; `allowed` are filters of what may be found."""
    weights = {word(term.token): term.weight for term in terms if term.weight > 0}
    listed = list(weights)
    aggregations: Json = {
        "datasets": {
            "terms": {"field": "dataset", "size": len(snapshot.states)},
            "aggs": {"length": {"sum": {"field": "length"}}},
        },
        "allowed": {"filter": {"bool": {"filter": list(allowed)}}},
    }
    if listed:
        tests = [{"term": {"tokens": one}} for one in listed]
        aggregations["holders"] = {"filters": {"filters": tests}}
    found = snapshot.ask({"size": 0, "query": snapshot.within(_SHOWN), "aggs": aggregations})
    found = found["aggregations"]
    buckets = found["datasets"]["buckets"]
    total = sum(one["doc_count"] for one in buckets)
    holders = [one["doc_count"] for one in found["holders"]["buckets"]] if listed else []
    return Statistics(
        gains={
            one: weights[one] * scoring.inverse_document_frequency(total, frequency)
            for one, frequency in zip(listed, holders, strict=True)
            if frequency
        },
        averages={one["key"]: one["length"]["value"] / one["doc_count"] for one in buckets},
        allowed=found["allowed"]["doc_count"],
    )


class Search:
    """One query in one snapshot."""

    def __init__(
        self, snapshot: Snapshot, dialect: Dialect, query: SearchQuery, exact_up_to: int
    ) -> None:
        """Initialize with how many chunks are looked at one by one."""
        self._snapshot = snapshot
        self._dialect = dialect
        self._query = query
        self._filters = _allowed(query)
        self._statistics = read_statistics(snapshot, query.terms, self._filters)
        self._is_exact = self._statistics.allowed <= exact_up_to

    def run(self) -> SearchResult:
        """Return the page that is asked for."""
        query, statistics = self._query, self._statistics
        if query.vector is not None:
            for dataset_id in statistics.averages:
                state = self._snapshot.states[dataset_id]
                check_dimensions(state.dimensions, len(query.vector))
        if not statistics.allowed or (query.vector is None and not statistics.gains):
            return _EMPTY
        scored = self._scored()
        found = self._snapshot.ask(self._page(scored))
        hits, counted = found["hits"], found["aggregations"]
        repeats = {one["key"]: one["doc_count"] for one in _buckets(counted, "repeats")}
        return SearchResult(
            total=hits["total"]["value"] - sum(count - 1 for count in repeats.values()),
            hits=self._hits(hits["hits"], self._duplicates(scored, hits["hits"], repeats)),
            documents=tuple(
                DocumentCount(*read_label(one["key"]), one["doc_count"])
                for one in _buckets(counted, "documents")
            ),
            total_is_exact=self._is_exact,
        )

    # What is asked for

    def _scored(self) -> Json:
        """Return the query that scores what survives; all else it leaves out."""
        filters = [_SHOWN, *self._filters]
        least_cosine = 0.0
        if not self._is_exact:
            filters.append({"ids": {"values": self._likely()}})
        elif self._query.vector is None:
            filters.append({"terms": {"tokens": list(self._statistics.gains)}})
        elif self._statistics.allowed > self._query.top_k:
            least_cosine = self._nearest()
        found = self._snapshot.within(*filters)
        found["bool"]["should"] = self._shares()
        parameters = {**self._parameters(), "near": least_cosine}
        return _scripted(found, score(self._dialect.vector), parameters, least=1.0)

    def _shares(self) -> list[Json]:
        """Return queries whose scores are the shares of the question that chunks have by words."""
        statistics = self._statistics
        norms = {
            dataset_id: [
                scoring.length_norm(0.0, average),
                scoring.length_norm(1.0, average) - scoring.length_norm(0.0, average),
            ]
            for dataset_id, average in statistics.averages.items()
        }
        return [
            _scripted(
                {"term": {"tokens.count": one}},
                SHARE,
                {"gain": gain / statistics.whole, "norms": norms},
            )
            for one, gain in statistics.gains.items()
        ]

    def _direction(self) -> list[float] | None:
        """Return the vector of the query, or None if it is like nothing."""
        if self._query.vector is None:
            return None
        unit = unit_rows(self._query.vector[np.newaxis])[0]
        return [float(one) for one in unit] if unit.any() else None

    def _parameters(self) -> Json:
        query = self._query
        return {
            "q": self._direction(),
            "any": query.vector is not None,
            "floor": query.floor,
            "k": scoring.K1,
            "weight": query.vector_weight,
            "threshold": max(min(query.threshold, 2.0), -2.0),
            "boosts": {one: query.boosts.get(one, 0.0) for one in self._statistics.averages},
        }

    def _nearest(self) -> float:
        """Return the cosine of the last of the nearest that are candidates by vector alone."""
        direction = self._direction()
        if direction is None:
            return 0.0
        top = self._query.top_k
        allowed = self._snapshot.within(_SHOWN, *self._filters)
        body = {
            "query": _scripted(allowed, near(self._dialect.vector), {"q": direction}),
            "from": top - 1,
            "size": 1,
            "_source": False,
        }
        hits = self._snapshot.ask(body)["hits"]["hits"]
        # What the score has lost is given to those that are as near.
        return hits[0]["_score"] - 1 - 1e-7 if hits else 0.0

    def _likely(self) -> list[str]:
        """Return which chunks may be the best, where not all are looked at."""
        filters = [_SHOWN, *self._filters]
        found = self._ids({"query": self._by_words(filters)}) if self._statistics.gains else []
        direction = self._direction()
        if direction is not None:
            nearest = min(self._query.top_k, _BEST)
            allowed = self._snapshot.within(*filters)
            found += self._ids(self._dialect.nearest(direction, nearest, allowed))
        return list(dict.fromkeys(found))

    def _by_words(self, filters: Sequence[Json]) -> Json:
        # How rare a word is the server knows by itself.
        weights = {word(term.token): term.weight for term in self._query.terms}
        tests = [
            {"term": {"tokens": {"value": one, "boost": weights[one]}}}
            for one in self._statistics.gains
        ]
        allowed = self._snapshot.within(*filters)
        return {"bool": {"filter": [allowed], "should": tests, "minimum_should_match": 1}}

    def _ids(self, search: Json) -> list[str]:
        found = self._snapshot.ask({"size": _BEST, "_source": False, **search})
        return [hit["_id"] for hit in found["hits"]["hits"]]

    def _page(self, scored: Json) -> Json:
        query = self._query
        offset = min(query.offset, WINDOW)
        body: Json = {
            "query": scored,
            "from": offset,
            "size": min(query.limit, WINDOW - offset),
            "sort": [{"_score": "desc"}, {"chunk": "asc"}, {"document": "asc"}],
            "track_total_hits": True,
            "_source": _FIELDS,
            "aggs": {
                "documents": {
                    "terms": {
                        "field": "label",
                        "size": _MOST_BUCKETS,
                        "order": [{"_count": "desc"}, {"_key": "asc"}],
                    }
                }
            },
        }
        if query.distinct:
            repeats = {"field": "passage", "size": _MOST_BUCKETS, "min_doc_count": 2}
            body["aggs"]["repeats"] = {"terms": repeats}
            body["collapse"] = {"field": "passage"}
        return body

    # What is found

    def _duplicates(
        self, scored: Json, hits: Sequence[Json], repeats: Mapping[str, int]
    ) -> dict[str, list[Json]]:
        """Return the chunks with the passages of hits that others hold, too, by passage."""
        wanted = [p for p in (hit["_source"]["passage"] for hit in hits) if p in repeats]
        found: dict[str, list[Json]] = {passage: [] for passage in wanted}
        if wanted:
            body = {
                "query": {"bool": {"must": [scored], "filter": [{"terms": {"passage": wanted}}]}},
                "size": WINDOW,
                "_source": ["chunk", "document", "dataset", "label", "passage"],
            }
            for hit in self._snapshot.ask(body)["hits"]["hits"]:
                found[hit["_source"]["passage"]].append(hit)
        return found

    def _hits(
        self, hits: Sequence[Json], duplicates: Mapping[str, Sequence[Json]]
    ) -> tuple[Hit, ...]:
        if not hits:
            return ()
        rows = [hit["_source"] for hit in hits]
        vectors = np.zeros(len(rows), np.float32)
        if self._query.vector is not None:
            matrix = np.array([read_vector(row) for row in rows])
            vectors = scoring.vector_similarity(
                cosines(matrix, self._query.vector), self._query.floor
            )
        return tuple(
            self._hit(hit, float(near), duplicates) for hit, near in zip(hits, vectors, strict=True)
        )

    def _hit(self, hit: Json, near: float, duplicates: Mapping[str, Sequence[Json]]) -> Hit:
        row = hit["_source"]
        share = self._statistics.share(row["dataset"], row["length"], held_words(row))
        others = [one for one in duplicates.get(row["passage"], ()) if one["_id"] != hit["_id"]]
        return Hit(
            chunk=chunk_of(row),
            document_name=read_label(row["label"])[1],
            similarity=hit["_score"] - 1,
            vector_similarity=near,
            term_similarity=scoring.term_similarity(share),
            duplicates=sorted_duplicates(_duplicate(one["_source"]) for one in others),
        )


def _scripted(query: Json, source: str, parameters: Json, least: float = 0.0) -> Json:
    """Return a query that finds the same, with scores by a script, and none below the least."""
    script = {"source": source, "params": parameters}
    limit = {"min_score": least} if least else {}
    return {"script_score": {"query": query, "script": script, **limit}}


def _buckets(counted: Json, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = counted.get(name, {}).get("buckets", [])
    return found


def _duplicate(row: Json) -> Duplicate:
    document_id, name = read_label(row["label"])
    return Duplicate(row["chunk"], document_id, row["dataset"], name)
