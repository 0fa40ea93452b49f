"""A chunk store that goes where its content is moved to."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from rag.engines.base import ChunkStore, QueryTerm, SearchQuery, SearchResult, Staging
from rag.engines.content import Content, content_of
from rag.errors import ChunkStoreMovedError
from rag.types import Chunk, DocumentFacts, Matrix, Vector

T = TypeVar("T")


class FollowingChunkStore:
    """Hands on to one store, and once that says that its content is elsewhere, to the other.

    What was asked for then is asked for there: each change is harmless when it is done again.
    """

    def __init__(self, url: str, opened: Callable[[str], ChunkStore]) -> None:
        """Initialize with the first address, and what opens the store at one."""
        self._opened = opened
        self._store = opened(url)
        self._former: list[ChunkStore] = []

    @property
    def exact_up_to(self) -> int | None:
        """Up to how many hits a total is exact; None: always."""
        return self._store.exact_up_to

    def _there(self, call: Callable[[ChunkStore], T]) -> T:
        while True:
            store = self._store
            try:
                return call(store)
            except ChunkStoreMovedError as moved:
                # Another thread may have followed, and may be using what it has opened.
                if self._store is store:
                    self._store = self._opened(moved.url)
                    self._former.append(store)
                    store.close()

    def put_document(self, facts: DocumentFacts) -> None:
        """Add a document, or replace what is known of it."""
        self._there(lambda store: store.put_document(facts))

    def stage(
        self, document: DocumentFacts, generation: int, chunks: Sequence[Chunk], vectors: Matrix
    ) -> None:
        """Add invisible chunks."""
        self._there(lambda store: store.stage(document, generation, chunks, vectors))

    def stage_together(self, stagings: Sequence[Staging]) -> None:
        """Add invisible chunks of several documents of one dataset."""
        self._there(lambda store: store.stage_together(stagings))

    def publish_together(self, dataset_id: str, generations: Mapping[str, int]) -> None:
        """Make a generation of each of several documents the visible one."""
        self._there(lambda store: store.publish_together(dataset_id, generations))

    def publish(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Make a generation the visible one."""
        self._there(lambda store: store.publish(dataset_id, document_id, generation))

    def adopt(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Add a staged generation to the visible one."""
        self._there(lambda store: store.adopt(dataset_id, document_id, generation))

    def discard(self, dataset_id: str, document_id: str, generation: int) -> None:
        """Remove a staged generation."""
        self._there(lambda store: store.discard(dataset_id, document_id, generation))

    def put(self, document: DocumentFacts, chunks: Sequence[Chunk], vectors: Matrix) -> None:
        """Add or replace visible chunks."""
        self._there(lambda store: store.put(document, chunks, vectors))

    def remove(self, dataset_id: str, document_id: str, chunk_ids: Sequence[str]) -> None:
        """Remove some visible chunks of a document."""
        self._there(lambda store: store.remove(dataset_id, document_id, chunk_ids))

    def set_available(
        self, dataset_id: str, document_id: str, chunk_ids: Sequence[str], *, available: bool
    ) -> None:
        """Make these chunks available to `search`, or unavailable."""
        self._there(
            lambda store: store.set_available(
                dataset_id, document_id, chunk_ids, available=available
            )
        )

    def drop_document(self, dataset_id: str, document_id: str) -> None:
        """Delete a document and all its chunks."""
        self._there(lambda store: store.drop_document(dataset_id, document_id))

    def drop_dataset(self, dataset_id: str) -> None:
        """Delete a dataset with all its documents."""
        self._there(lambda store: store.drop_dataset(dataset_id))

    def search(self, query: SearchQuery) -> SearchResult:
        """Return a page of the survivors by falling similarity."""
        return self._there(lambda store: store.search(query))

    def term_shares(
        self, dataset_ids: Sequence[str], terms: Sequence[QueryTerm]
    ) -> Mapping[str, float]:
        """Return what those terms that occur in datasets weigh in a search, together 1."""
        return self._there(lambda store: store.term_shares(dataset_ids, terms))

    def match(
        self, dataset_id: str, document_id: str, tokens: Sequence[str], offset: int, limit: int
    ) -> tuple[int, list[str]]:
        """Return how many visible chunks hold one of the tokens, and a page of their ids."""
        return self._there(
            lambda store: store.match(dataset_id, document_id, tokens, offset, limit)
        )

    def vectors(self, dataset_id: str, document_id: str) -> dict[str, Vector]:
        """Return the vectors of a document's visible chunks by chunk id."""
        return self._there(lambda store: store.vectors(dataset_id, document_id))

    def count(self, dataset_id: str) -> int:
        """Return how many visible chunks a dataset has."""
        return self._there(lambda store: store.count(dataset_id))

    def give_back(self) -> int:
        """Free some of the room of removed chunks; return how many bytes."""
        return self._there(lambda store: store.give_back())

    def renew(self) -> int:
        """Index again, or file, some of what an older program has left; return how much."""
        return self._there(lambda store: store.renew())

    def content(self) -> Content | None:
        """Return what is in the store, unless that is one in memory."""
        return self._there(there)

    def ping(self) -> None:
        """Raise ChunkStoreError if the store cannot answer."""
        self._there(lambda store: store.ping())

    def close(self) -> None:
        """Release what is held open; callers may have given something back to former stores."""
        for store in (self._store, *self._former):
            store.close()


def there(store: ChunkStore) -> Content | None:
    """Return what is in a store; raises ChunkStoreMovedError where it says that it is elsewhere."""
    content = content_of(store)
    if content is not None:
        content.key()
    return content
