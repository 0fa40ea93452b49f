"""A chunk store in tables: what is common to all databases that can hold them.

The tables are the truth and every change to them is one transaction. Searches run on segments (see
`rag.engines.segmented.segments`) that are made from them and cached in a folder of the machine,
which may be removed at any time.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from rag.engines import scoring
from rag.engines.base import QueryTerm, SearchQuery, SearchResult, Staging
from rag.engines.indexing import Tokenize
from rag.engines.segmented.cache import FILED_ROWS, SegmentCache
from rag.engines.segmented.content import SegmentedContent
from rag.engines.segmented.rows import make_all_ready, store_key
from rag.engines.segmented.scope import open_scope
from rag.engines.segmented.search import search_views
from rag.engines.segmented.segments import term_key, unpack_terms
from rag.engines.segmented.session import Session, Sessions
from rag.engines.segmented.terms import term_shares
from rag.engines.segmented.views import View, Views
from rag.engines.segmented.writes import Writer, find_dataset, find_large_datasets, find_outdated
from rag.types import Chunk, DocumentFacts, Matrix, Vector

_Addition = tuple[DocumentFacts, int | None, Sequence[Chunk], Matrix]
"""Chunks of a document's generation, or of the visible one, with their vectors."""


class SegmentedChunkStore(ABC):
    """Chunks in tables; nothing is opened before the first call."""

    exact_up_to: int | None = None

    def __init__(self, sessions: Sessions, cache: Path, tokenize: Tokenize) -> None:
        """Initialize with the folder for segments; `tokenize` makes tokens of texts."""
        self.sessions = sessions
        self.cache = SegmentCache(cache)
        self._views = Views(self.cache)
        self._tokenize = tokenize
        self._all_filed = False

    @contextmanager
    def _reading(self) -> Iterator[tuple[Session, str]]:
        """Yield a session with a snapshot, and the store's key."""
        with self.sessions.reading() as session:
            yield session, store_key(session)

    @contextmanager
    def _changing(self, dataset_id: str, *, create: bool = False) -> Iterator[Writer]:
        with self.sessions.writing() as session:
            writer = Writer(session, self._tokenize, dataset_id, create=create)
            # Now that nobody moves the store elsewhere any more, until this transaction ends.
            store_key(session)
            before = writer.dataset
            yield writer
            writer.save()
        if writer.dataset != before or writer.deleted:
            self._follow(writer, before.next_row if writer.former is None else 0)

    def _follow(self, writer: Writer, first: int) -> None:
        """Bring the files for scanning in step with a change that wrote rows from `first` on."""
        # After the change, so that no other writer waits for it.
        with self._reading() as (session, store):
            dataset = find_dataset(session, writer.dataset.id)
            if dataset is not None:
                self.cache.compact(session, store, dataset, writer.deleted)
                self.cache.seal(session, store, dataset, first)
                self.cache.keep_mask(session, store, dataset)
        if writer.former:
            self.cache.remove(store, writer.former)

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it."""
        with self._changing(facts.dataset_id, create=True) as writer:
            writer.put_document(facts)

    def _add(self, additions: Sequence[_Addition]) -> None:
        """Add chunks of documents of one dataset; what takes long is done before the change."""
        ready = [
            (facts, generation, make_all_ready(facts, chunks, vectors, self._tokenize), vectors)
            for facts, generation, chunks, vectors in additions
        ]
        with self._changing(ready[0][0].dataset_id, create=True) as writer:
            for facts, generation, chunks, vectors in ready:
                writer.add(facts, generation, chunks, vectors.shape[-1])

    def stage(
        self, document: DocumentFacts, generation: int, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        """Add invisible chunks; a document that is known keeps its facts."""
        self._add([(document, generation, chunks, vectors)])

    def stage_together(self, stagings: Sequence[Staging]) -> None:
        """Add invisible chunks of several documents."""
        self._add([(one.document, one.generation, one.chunks, one.vectors) for one in stagings])

    def publish_together(self, dataset_id: str, generations: Mapping[str, int]) -> None:
        """Make a generation of each of several documents the visible one."""
        with self._changing(dataset_id) as writer:
            writer.publish(generations)

    def publish(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Make a generation the visible one; a late repeat of an older publication is ignored."""
        with self._changing(dataset_id) as writer:
            writer.publish({document_id: generation})

    def adopt(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        with self._changing(dataset_id) as writer:
            writer.adopt(document_id, generation)

    def discard(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        with self._changing(dataset_id) as writer:
            writer.discard(document_id, generation)

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add or replace visible chunks; a document that is known keeps its facts."""
        self._add([(document, None, chunks, vectors)])

    def remove(self, dataset_id: str, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks of a document."""
        with self._changing(dataset_id) as writer:
            writer.remove(document_id, chunk_ids)

    def set_available(
        self, dataset_id: str, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make these chunks available to `search`, or unavailable."""
        with self._changing(dataset_id) as writer:
            writer.set_available(document_id, chunk_ids, available=available)

    def drop_document(self, dataset_id: str, document_id: str) -> None:
        """Delete a document and all its chunks."""
        with self._changing(dataset_id) as writer:
            writer.drop_document(document_id)

    def drop_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents; `give_back` removes what they hold."""
        with self.sessions.writing() as session:
            writer = Writer(session, self._tokenize, dataset_id, create=False)
            store = store_key(session)
            writer.drop_dataset()
        self.cache.remove(store, writer.dataset)

    def search(self, query: SearchQuery) -> SearchResult:
        """Return a page of the survivors by falling similarity."""
        while True:
            with self._reading() as (session, store):
                views = self._current_views(session, store, query.dataset_ids)
                if views is not None:
                    return search_views(session, views, query)

    def term_shares(
        self, dataset_ids: Sequence[str], terms: Sequence[QueryTerm]
    ) -> Mapping[str, float]:
        """Return what those terms that occur in datasets weigh in a search, together 1."""
        while True:
            with self._reading() as (session, store):
                views = self._current_views(session, store, dataset_ids)
                if views is not None:
                    return term_shares(
                        open_scope([view for view in views if view.live], None), terms
                    )

    def _current_views(
        self, session: Session, store: str, dataset_ids: Sequence[str]
    ) -> list[View] | None:
        """Return the views of datasets, or None if another thread has seen newer ones already."""
        found = [find_dataset(session, dataset_id) for dataset_id in dict.fromkeys(dataset_ids)]
        datasets = [dataset for dataset in found if dataset is not None]
        views = [self._views.get(session, store, dataset) for dataset in datasets]
        current = [view for view in views if view is not None]
        return current if len(current) == len(views) else None

    def match(
        self, dataset_id: str, document_id: str, tokens: Sequence[str], offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many visible chunks hold one of the tokens, and a page of their ids."""
        with self._reading() as (session, _):
            rows = session.fetch(
                "SELECT id, terms FROM passage"
                " WHERE dataset = ? AND document = ? AND generation = published",
                [dataset_id, document_id],
            )
        wanted = np.array([term_key(token) for token in set(tokens)], np.uint64)
        counts = []
        for _, terms in rows:
            keys, numbers = unpack_terms(terms)
            held = np.isin(keys, wanted)
            counts.append(dict(zip(keys[held].tolist(), numbers[held].tolist(), strict=True)))
        scores = scoring.rank_counts(counts, wanted.tolist())
        ranked = sorted((-score, rows[index][0]) for index, score in scores.items())
        return len(ranked), [chunk_id for _, chunk_id in ranked[offset : offset + limit]]

    def vectors(self, dataset_id: str, document_id: str) -> dict[str, Vector]:
        """Return the vectors of a document's visible chunks by chunk id."""
        with self._reading() as (session, _):
            rows = session.fetch(
                "SELECT id, vector FROM passage"
                " WHERE dataset = ? AND document = ? AND generation = published",
                [dataset_id, document_id],
            )
        return {chunk_id: np.frombuffer(vector, np.float32) for chunk_id, vector in rows}

    def count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        with self._reading() as (session, _):
            statement = (
                "SELECT count(*) FROM dataset JOIN document ON document.dataset = dataset.number"
                " JOIN chunk ON chunk.document = document.number"
                " AND chunk.generation = document.generation WHERE dataset.id = ?"
            )
            return int(session.fetch(statement, [dataset_id])[0][0])

    @abstractmethod
    def give_back(self) -> int:
        """Remove some rows of dropped datasets, and free some room; return how many bytes."""

    def renew(self) -> int:
        """Index one document again, or make one file, that an older program has left."""
        with self._reading() as (session, _):
            found = find_outdated(session)
        if found is None:
            return self._file_one()
        dataset_id, document_id = found
        with self._changing(dataset_id) as writer:
            writer.renew(document_id)
        return 1

    def _file_one(self) -> int:
        """Make one file for scanning that is missing; whoever writes makes those of new rows."""
        if self._all_filed:
            return 0
        with self._reading() as (session, store):
            for dataset in find_large_datasets(session, FILED_ROWS):
                for span in self.cache.missing(store, dataset):
                    # A full or read-only disk is not tried again before the next start.
                    self._all_filed = not self.cache.file(session, store, dataset, span)
                    return int(not self._all_filed)
                self.cache.keep_mask(session, store, dataset)
        self._all_filed = True
        return 0

    def content(self) -> SegmentedContent:
        """Return what is in the tables, for those who move it."""
        return SegmentedContent(self.sessions)

    def ping(self) -> None:
        """Raise ChunkStoreError if the tables cannot be read."""
        with self._reading():
            pass

    def close(self) -> None:
        """Release what is held open."""
        self.sessions.close()
