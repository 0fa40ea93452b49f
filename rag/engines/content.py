"""What a chunk store offers to those who move what is in it to another kind of store."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from rag.engines.base import ChunkStore, Staging


class Place(NamedTuple):
    """Where a document is."""

    dataset_id: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A document from afar: what tells it from what it was, and how many chunks it has."""

    place: Place
    print: str
    chunks: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A document as it was at one moment; the generation `visible` comes first in `pieces`.

    Each generation has at least one piece, and each piece the same facts.
    """

    place: Place
    print: str
    visible: int
    pieces: Iterator[Staging]


class Frozen(Protocol):
    """An index that nobody else changes."""

    def renew(self) -> None:
        """Say that it is still wanted so, where others would not wait for ever."""
        ...

    def pass_on(self, url: str) -> None:
        """Have all who use this store go on at an address."""
        ...


class Content(Protocol):
    """What is in a store, for those who move it."""

    def key(self) -> str:
        """Return what tells this store from any other; raises ChunkStoreMovedError."""
        ...

    def lengths(self) -> Mapping[str, int]:
        """Return the lengths of the vectors of datasets that hold some."""
        ...

    def outlines(self, renew: Callable[[], None]) -> Iterator[Outline]:
        """Yield all documents, those of a dataset one after the other; call `renew` meanwhile."""
        ...

    def reading(
        self, dataset_id: str, document_ids: Sequence[str]
    ) -> AbstractContextManager[Iterator[Copy]]:
        """Yield some documents of a dataset, but for those that are gone."""
        ...

    def frozen(self) -> AbstractContextManager[Frozen]:
        """Have all others that change the index wait until the block ends."""
        ...

    def begin_copy(self, source: str) -> bool:
        """Note that this is a copy of another store; return False if it holds something else."""
        ...

    def copies(self) -> dict[Place, str]:
        """Return the documents there are with the prints noted of them, or nothing."""
        ...

    def note(self, prints: Mapping[Place, str]) -> None:
        """Note prints of documents."""
        ...

    def forget(self, places: Iterable[Place]) -> None:
        """Remove what is noted of documents."""
        ...

    def end_copy(self) -> None:
        """Note that this is no copy any more."""
        ...


@runtime_checkable
class Movable(ChunkStore, Protocol):
    """A chunk store whose content can be moved."""

    def content(self) -> Content:
        """Return what is in it."""
        ...


def content_of(store: ChunkStore) -> Content | None:
    """Return what is in a store; None for one in memory, which nobody reads from elsewhere."""
    return store.content() if isinstance(store, Movable) else None
