"""A chunk store in memory: the reference for all others, plain and slow. Lost with its process."""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from rag.engines import scoring
from rag.engines.base import (
    DocumentCount,
    Duplicate,
    Hit,
    QueryTerm,
    SearchQuery,
    SearchResult,
    Staging,
)
from rag.engines.conditions import matches
from rag.engines.indexing import (
    Tokenize,
    check_dimensions,
    cosines,
    count_terms,
    in_language,
)
from rag.engines.repeats import sorted_duplicates
from rag.passages import passage_text
from rag.types import Chunk, DocumentFacts, Matrix, Vector

_NOTHING_PUBLISHED = -1


@dataclass(frozen=True, slots=True)
class _Entry:
    """A chunk with what it is found by."""

    chunk: Chunk
    vector: Vector
    terms: Counter[str]


@dataclass(slots=True)
class _Document:
    """A document with its chunks by generation and id."""

    facts: DocumentFacts
    published: int = _NOTHING_PUBLISHED
    generations: dict[int, dict[str, _Entry]] = field(default_factory=dict)

    def visible(self) -> dict[str, _Entry]:
        return self.generations.get(self.published, {})

    def searchable(self) -> Iterator[_Entry]:
        if self.facts.enabled:
            yield from (entry for entry in self.visible().values() if entry.chunk.available)


@dataclass(frozen=True, slots=True)
class _Candidate:
    document: _Document
    entry: _Entry
    vector_similarity: float
    term_similarity: float
    similarity: float


def _gains(everything: Sequence[_Entry], terms: Sequence[QueryTerm]) -> dict[str, float]:
    frequencies = {
        term.token: sum(term.token in entry.terms for entry in everything) for term in terms
    }
    return {
        term.token: term.weight
        * scoring.inverse_document_frequency(len(everything), frequencies[term.token])
        for term in terms
        if frequencies[term.token] and term.weight > 0
    }


def _shares(entries: Sequence[_Entry], everything: Sequence[_Entry], query: SearchQuery) -> Vector:
    gains = _gains(everything, query.terms)
    lengths = {}
    for dataset_id in query.dataset_ids:
        found = [e.terms.total() for e in everything if e.chunk.dataset_id == dataset_id]
        lengths[dataset_id] = sum(found) / max(len(found), 1)
    norms = [
        scoring.length_norm(float(entry.terms.total()), lengths[entry.chunk.dataset_id])
        for entry in entries
    ]
    shares = [
        sum(gain * scoring.saturation(float(e.terms[t]), norm) for t, gain in gains.items())
        for e, norm in zip(entries, norms, strict=True)
    ]
    return np.array(shares, np.float32) / (sum(gains.values()) or 1)


class MemoryChunkStore:
    """Keeps everything in dictionaries and looks at every chunk in every search."""

    def __init__(self, tokenize: Tokenize, exact_up_to: int | None = None) -> None:
        """Start empty; `tokenize` makes tokens of texts."""
        self.exact_up_to = exact_up_to
        self._tokenize = tokenize
        self._datasets: dict[str, dict[str, _Document]] = {}
        self._lock = threading.RLock()

    def _document(self, facts: DocumentFacts) -> _Document:
        documents = self._datasets.setdefault(facts.dataset_id, {})
        return documents.setdefault(facts.id, _Document(facts))

    def _find(self, dataset_id: str, document_id: str) -> _Document | None:
        return self._datasets.get(dataset_id, {}).get(document_id)

    def _dimensions(self, dataset_id: str) -> int:
        for document in self._datasets.get(dataset_id, {}).values():
            for entries in document.generations.values():
                for entry in entries.values():
                    return len(entry.vector)
        return 0

    def _add(
        self, facts: DocumentFacts, generation: int | None, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        if chunks:
            check_dimensions(self._dimensions(facts.dataset_id), vectors.shape[1])
        known = self._find(facts.dataset_id, facts.id)
        name = (known.facts if known else facts).found_by
        tokenize = in_language(self._tokenize, facts.language)
        entries = {
            chunk.id: _Entry(
                chunk, np.array(vector, np.float32), count_terms(name, chunk, tokenize)
            )
            for chunk, vector in zip(chunks, vectors, strict=True)
        }
        document = self._document(facts)
        document.facts = replace(document.facts, language=facts.language)
        number = document.published if generation is None else generation
        document.generations.setdefault(number, {}).update(entries)

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it."""
        with self._lock:
            document = self._document(facts)
            # The language is that of the chunks that are there.
            document.facts = replace(facts, language=document.facts.language)
            tokenize = in_language(self._tokenize, document.facts.language)
            for entries in document.generations.values():
                for key, entry in entries.items():
                    terms = count_terms(facts.found_by, entry.chunk, tokenize)
                    entries[key] = replace(entry, terms=terms)

    def stage(
        self, document: DocumentFacts, generation: int, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        """Add invisible chunks; a document that is known keeps its facts."""
        with self._lock:
            self._add(document, generation, chunks, vectors)

    def stage_together(self, stagings: Sequence[Staging]) -> None:
        """Stage chunks of several documents."""
        with self._lock:
            for item in stagings:
                self._add(item.document, item.generation, item.chunks, item.vectors)

    def publish_together(self, dataset_id: str, generations: Mapping[str, int]) -> None:
        """Publish a generation of each of several documents."""
        with self._lock:
            for document_id, generation in generations.items():
                self.publish(dataset_id, document_id, generation)

    def publish(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Make a generation the visible one; a late repeat of an older publication is ignored."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            if document is None or document.published == generation:
                return
            staged = document.generations.get(generation, {})
            if staged or generation > document.published:
                document.published, document.generations = generation, {generation: staged}

    def adopt(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            if document is not None and document.published != generation:
                staged = document.generations.pop(generation, {})
                document.generations.setdefault(document.published, {}).update(staged)

    def discard(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            if document is not None and document.published != generation:
                document.generations.pop(generation, None)

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add or replace visible chunks; a document that is known keeps its facts."""
        with self._lock:
            self._add(document, None, chunks, vectors)

    def remove(self, dataset_id: str, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks of a document."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            visible = document.visible() if document else {}
            for chunk_id in chunk_ids:
                visible.pop(chunk_id, None)

    def set_available(
        self, dataset_id: str, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make these chunks available to `search`, or unavailable."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            visible = document.visible() if document else {}
            for chunk_id in set(chunk_ids) & visible.keys():
                entry = visible[chunk_id]
                chunk = replace(entry.chunk, available=available)
                visible[chunk_id] = replace(entry, chunk=chunk)

    def drop_document(self, dataset_id: str, document_id: str) -> None:
        """Delete a document and all its chunks."""
        with self._lock:
            self._datasets.get(dataset_id, {}).pop(document_id, None)

    def drop_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents."""
        with self._lock:
            self._datasets.pop(dataset_id, None)

    def _chosen(self, query: SearchQuery) -> Iterator[_Document]:
        for dataset_id in dict.fromkeys(query.dataset_ids):
            for document in self._datasets.get(dataset_id, {}).values():
                wanted = query.document_ids is None or document.facts.id in query.document_ids
                condition = query.condition
                if wanted and (condition is None or matches(condition, document.facts.metadata)):
                    yield document

    def _everything(self, dataset_ids: Sequence[str]) -> list[_Entry]:
        return [
            entry
            for dataset_id in dict.fromkeys(dataset_ids)
            for document in self._datasets.get(dataset_id, {}).values()
            for entry in document.searchable()
        ]

    def _candidates(self, query: SearchQuery) -> list[_Candidate]:
        everything = self._everything(query.dataset_ids)
        if query.vector is not None:
            for entry in everything:
                check_dimensions(len(entry.vector), len(query.vector))
        found = [(d, entry) for d in self._chosen(query) for entry in d.searchable()]
        if not found:
            return []
        entries = [entry for _, entry in found]
        terms = scoring.term_similarity(_shares(entries, everything, query))
        vectors = np.zeros(len(found), np.float32)
        candidate = terms > 0
        if query.vector is not None:
            true = cosines(np.array([entry.vector for entry in entries]), query.vector)
            vectors = scoring.vector_similarity(true, query.floor)
            candidate[np.argsort(-true, kind="stable")[: query.top_k]] = True
        both = scoring.similarity(vectors, terms, query.vector_weight)
        return [
            _Candidate(*found[i], float(vectors[i]), float(terms[i]), float(both[i]))
            for i in np.flatnonzero(candidate)
        ]

    def search(self, query: SearchQuery) -> SearchResult:
        """Return a page of the survivors by falling similarity."""
        with self._lock:
            found = [
                replace(c, similarity=c.similarity + query.boosts.get(c.entry.chunk.dataset_id, 0))
                for c in self._candidates(query)
                if c.similarity >= query.threshold
            ]
            found.sort(key=lambda c: (-c.similarity, c.entry.chunk.id))
            passages = _passages(found, distinct=query.distinct)
            page = passages[query.offset : query.offset + query.limit]
            total = len(passages)
            counted = total if self.exact_up_to is None else min(total, self.exact_up_to)
            return SearchResult(
                total=counted,
                hits=tuple(map(_hit, page)),
                documents=_count_documents(found),
                total_is_exact=counted == total,
            )

    def term_shares(
        self, dataset_ids: Sequence[str], terms: Sequence[QueryTerm]
    ) -> Mapping[str, float]:
        """Return what those terms that occur in datasets weigh in a search, together 1."""
        with self._lock:
            gains = _gains(self._everything(dataset_ids), terms)
        return {token: gain / sum(gains.values()) for token, gain in gains.items()}

    def match(
        self, dataset_id: str, document_id: str, tokens: Sequence[str], offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many visible chunks hold one of the tokens, and a page of their ids."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            entries = list(document.visible().values()) if document else []
        scores = scoring.rank_counts([entry.terms for entry in entries], set(tokens))
        ranked = sorted((-score, entries[i].chunk.id) for i, score in scores.items())
        return len(ranked), [chunk_id for _, chunk_id in ranked[offset : offset + limit]]

    def vectors(self, dataset_id: str, document_id: str) -> dict[str, Vector]:
        """Return the vectors of a document's visible chunks by chunk id."""
        with self._lock:
            document = self._find(dataset_id, document_id)
            visible = document.visible() if document else {}
            return {chunk_id: entry.vector.copy() for chunk_id, entry in visible.items()}

    def count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        with self._lock:
            return sum(len(d.visible()) for d in self._datasets.get(dataset_id, {}).values())

    def give_back(self) -> int:
        """Do nothing: the process keeps what is free."""
        return 0

    def renew(self) -> int:
        """Return 0: nothing here is older than the process."""
        return 0

    def ping(self) -> None:
        """Do nothing: memory answers."""

    def close(self) -> None:
        """Delete everything."""
        with self._lock:
            self._datasets.clear()


def _passages(found: Sequence[_Candidate], *, distinct: bool) -> list[list[_Candidate]]:
    """Return candidates one by one or, if distinct, those with the same words together."""
    passages: dict[object, list[_Candidate]] = {}
    for place, candidate in enumerate(found):
        chunk = candidate.entry.chunk
        content = passage_text(chunk.headings, chunk.content)
        together = distinct and content.strip()
        passages.setdefault(content if together else place, []).append(candidate)
    return list(passages.values())


def _hit(passage: Sequence[_Candidate]) -> Hit:
    found, *others = passage
    return Hit(
        found.entry.chunk,
        found.document.facts.name,
        found.similarity,
        found.vector_similarity,
        found.term_similarity,
        sorted_duplicates(map(_duplicate, others)),
    )


def _duplicate(found: _Candidate) -> Duplicate:
    chunk, facts = found.entry.chunk, found.document.facts
    return Duplicate(chunk.id, chunk.document_id, chunk.dataset_id, facts.name)


def _count_documents(found: Iterable[_Candidate]) -> tuple[DocumentCount, ...]:
    names = {c.document.facts.id: c.document.facts.name for c in found}
    counts = Counter(c.document.facts.id for c in found)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(DocumentCount(key, names[key], count) for key, count in ranked)


def open_memory(url: str, tokenize: Tokenize, _cache: Path) -> MemoryChunkStore:
    """Return an empty store; that at `memory://?exact_up_to=100` counts no more hits than that."""
    counted = dict(parse_qsl(urlsplit(url).query)).get("exact_up_to", "")
    return MemoryChunkStore(tokenize, int(counted) if counted.isdecimal() else None)
