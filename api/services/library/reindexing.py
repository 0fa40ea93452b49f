"""Making the chunk store say what the database does, while it goes on answering."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from api.db.connection import Database, connected
from api.errors import NotFoundError
from api.services.library.chunk_index import ChunkIndex, batches, text_of
from api.services.library.queries import indexing as queries
from api.services.library.queries.chunks import visible_ids
from api.services.library.records import IndexedDataset, Visible
from api.things import Kind
from rag.engines.base import ChunkStore
from rag.engines.conditions import same_metadata
from rag.engines.content import Copy, content_of
from rag.types import Chunk, DocumentFacts, Vector

Progress = Callable[[int, int], None]
"""Told how many chunks are as they should be, and of how many."""

DOCUMENTS_AT_ONCE = 1000

DOCUMENTS_OF_PART, CHUNKS_OF_PART = 50, 1000
"""Documents, and chunks of several, that are compared at once or handed to a process."""

CHUNKS_OF_ONE = 5000
"""So many chunks are done before other processes have begun."""


@dataclass(frozen=True, slots=True)
class Part:
    """Documents of a dataset that are brought in step; `anew`: all of them, with new vectors."""

    dataset_id: str
    document_ids: Sequence[str]
    anew: bool = False


Spread = Callable[[Iterable[Part]], Iterator[int]]
"""Brings parts in step in any order; yields how many chunks those have that are done."""


@dataclass(slots=True)
class Difference:
    """What the chunk store holds of a document otherwise than the database, or not at all.

    `alike` are chunks that are the same in both, `strange` those that the database does not have,
    and `vectors` those by text that need not be made again.
    """

    facts: bool = True
    alike: set[str] = field(default_factory=set)
    strange: list[str] = field(default_factory=list)
    vectors: dict[str, Vector] = field(default_factory=dict)


@dataclass(slots=True)
class Count:
    """How far a run is."""

    total: int
    on_progress: Progress
    done: int = 0

    def add(self, chunks: int) -> None:
        """Record and report that some more chunks are as they should be."""
        self.done += chunks
        self.on_progress(self.done, max(self.total, self.done))


class Reindexer:
    """Compares the chunk store with the database, writes what differs, and removes the rest.

    A run that was killed goes on where it was, as what it has written does not differ any more.
    Vectors are made only for texts of which the chunk store has none. A dataset stays searchable
    meanwhile, unless its model makes vectors of another length: then it is forgotten there first.
    """

    def __init__(self, database: Database, chunk_store: ChunkStore, index: ChunkIndex) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.index = index

    def run(
        self,
        dataset_id: str | None,
        on_progress: Progress,
        *,
        anew: bool = False,
        spread: Spread | None = None,
    ) -> int:
        """Bring one dataset or all in step; return how many chunks there are.

        With `anew` all is written again, with new vectors. `spread` hands much work to others.
        """
        datasets = self.datasets(dataset_id)
        count = Count(sum(dataset.chunk_count for dataset in datasets), on_progress)
        self.remove_strangers(dataset_id)
        while self.chunk_store.renew():
            count.add(0)
        for dataset in datasets:
            self.check_dimensions(dataset)
        parts = (part for dataset in datasets for part in self.parts_of(dataset.id, anew=anew))
        is_much = count.total > CHUNKS_OF_ONE
        for done in spread(parts) if spread and is_much else map(self.settle, parts):
            count.add(done)
        return count.done

    def parts_of(self, dataset_id: str, *, anew: bool) -> Iterator[Part]:
        """Yield all documents of a dataset."""
        last = ""
        while found := self.documents_after(dataset_id, last):
            for ids in packs(found):
                yield Part(dataset_id, ids, anew)
            last, _ = found[-1]

    # Documents.

    def settle(self, part: Part) -> int:
        """Bring documents in step; return how many chunks they have."""
        found = {document_id: Difference() for document_id in part.document_ids}
        with self.read(part) as copies:
            for copy in copies:
                found[copy.place.document_id] = self.compare(copy, anew=part.anew)
        return sum(self.write(part.dataset_id, *one) for one in found.items())

    def read(self, part: Part) -> AbstractContextManager[Iterator[Copy]]:
        """Read what the chunk store holds of documents; nothing where that is in memory."""
        content = content_of(self.chunk_store)
        if content is None:
            return nullcontext(iter(()))
        return content.reading(part.dataset_id, part.document_ids)

    def compare(self, copy: Copy, *, anew: bool) -> Difference:
        """Return how what the chunk store holds of a document differs from the database."""
        found = Difference(facts=anew)
        for piece in copy.pieces:
            if piece.generation != copy.visible:
                break  # what a run has staged is its own
            seen = self.seen(copy.place.document_id, [chunk.id for chunk in piece.chunks])
            if seen is None:
                found.facts = True
                break
            found.facts |= not is_known_so(piece.document, seen.facts)
            is_current = not anew and is_indexed_so(piece.document, seen.facts)
            for chunk, vector in zip(piece.chunks, piece.vectors, strict=True):
                wanted = seen.chunks.get(chunk.id)
                if wanted is None:
                    found.strange.append(chunk.id)
                elif is_current and is_same(wanted.chunk, chunk):
                    found.alike.add(chunk.id)
                elif not anew and not seen.facts.name_weight:
                    found.vectors[text_of(chunk)] = vector
        return found

    def write(self, dataset_id: str, document_id: str, found: Difference) -> int:
        """Write what differs of a document; return how many chunks it has."""
        if found.facts:
            self.index.sync_facts(document_id)
        ids = self.chunk_ids(document_id)
        differing = [one for one in ids if one not in found.alike]
        self.index.sync(dataset_id, document_id, [*differing, *found.strange], found.vectors)
        return len(ids)

    # Datasets.

    def remove_strangers(self, dataset_id: str | None) -> None:
        """Remove documents from the chunk store that the database does not have."""
        content = content_of(self.chunk_store)
        there = content.copies() if content else {}
        places = [one for one in there if dataset_id in {None, one.dataset_id}]
        for some in batches(places, DOCUMENTS_AT_ONCE):
            known = self.known_documents([one.document_id for one in some])
            for place in some:
                if place.document_id not in known:
                    self.chunk_store.drop_document(*place)

    def check_dimensions(self, dataset: IndexedDataset) -> None:
        """Delete vectors of another length than the dataset's model makes now."""
        embedder = self.index.models.embedder(dataset.tenant_id, dataset.embedding_model)
        if dataset.dimensions not in {0, embedder.dimensions}:
            self.chunk_store.drop_dataset(dataset.id)
            self.doubt_runs(dataset.id)
            self.set_dimensions(dataset.id, embedder.dimensions)

    # The rows.

    @connected
    def seen(self, document_id: str, chunk_ids: Sequence[str]) -> Visible | None:
        """Return a document with those of the chunks that are visible; None if it is gone."""
        return queries.visible(self.database, document_id, chunk_ids)

    @connected
    def doubt_runs(self, dataset_id: str) -> None:
        """Mark runs under way to compare the chunk store with their chunks when they publish."""
        with self.database.atomic():
            queries.doubt_runs(dataset_id)

    @connected
    def datasets(self, dataset_id: str | None) -> list[IndexedDataset]:
        """Return the datasets to index; raises NotFoundError for one that is not there."""
        found = queries.datasets(dataset_id)
        if dataset_id and not found:
            raise NotFoundError(Kind.DATASET, dataset_id)
        return found

    @connected
    def documents_after(self, dataset_id: str, last: str) -> list[tuple[str, int]]:
        """Return the ids of a dataset's next documents, and how many chunks each has."""
        return queries.documents_after(dataset_id, last, DOCUMENTS_AT_ONCE)

    @connected
    def known_documents(self, ids: Sequence[str]) -> set[str]:
        """Return which of these documents there are, in the bin as well."""
        return queries.known_documents(ids)

    @connected
    def chunk_ids(self, document_id: str) -> list[str]:
        """Return the ids of a document's visible chunks in order."""
        return visible_ids(document_id)

    @connected
    def set_dimensions(self, dataset_id: str, dimensions: int) -> None:
        """Record the length of a dataset's vectors."""
        queries.set_dimensions(dataset_id, dimensions)


def packs(documents: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """Yield the ids of documents, given with their numbers of chunks, that make a part each."""
    pack: list[str] = []
    chunks = 0
    for document_id, count in documents:
        if pack and (chunks + count > CHUNKS_OF_PART or len(pack) == DOCUMENTS_OF_PART):
            yield pack
            pack, chunks = [], 0
        pack.append(document_id)
        chunks += count
    if pack:
        yield pack


def is_known_so(held: DocumentFacts, wanted: DocumentFacts) -> bool:
    """Return whether a store holds the name, state and metadata that a document has."""
    same = (held.name, held.enabled) == (wanted.name, wanted.enabled)
    return same and same_metadata(held.metadata, wanted.metadata)


def is_indexed_so(held: DocumentFacts, wanted: DocumentFacts) -> bool:
    """Return whether the chunks of a document are found by its name and place, in its language."""
    return (held.found_by, held.language) == (wanted.found_by, wanted.language)


def is_same(wanted: Chunk, held: Chunk) -> bool:
    """Return whether two chunks are the same but for their places, which the database alone has."""
    return wanted == replace(held, ordinal=wanted.ordinal, parent=wanted.parent)
