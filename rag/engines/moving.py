"""Moves an index from one chunk store to another of any kind while others search and change it.

Between stores that keep it in the same tables, rows are copied: see `rag.engines.segmented.moving`.
Otherwise documents are, with all their chunks and vectors. Each has a print that changes whenever
anything of it does, and the target notes the print of what it has a copy of. So the copy is brought
up again and again, also by a command that is started anew; the last time nobody may change the
index, and then it says where it is now.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby

from rag.engines.base import ChunkStore, Staging
from rag.engines.content import Copy, Movable, Outline, Place
from rag.engines.segmented.moving import Move
from rag.engines.segmented.store import SegmentedChunkStore
from rag.errors import ChunkStoreError, DimensionMismatchError

_FEW = 500
"""So few chunks are left to the last pass, for which others wait."""

_PACK_CHUNKS = 500
_PACK_DOCUMENTS = 100
"""What is written at once."""

_MOST_PASSES = 20

Progress = Callable[[int, int], None]


class DocumentMove:
    """Moves documents to a store that is empty or holds what a killed move has left."""

    def __init__(self, source: Movable, target: Movable) -> None:
        """Initialize with both stores."""
        self._source = source.content()
        self._target = target.content()
        self._store = target
        self._copies: dict[Place, str] = {}
        self._total = 0

    def run(self, url: str, progress: Progress) -> int:
        """Move them, and have those who use the source go on at `url`; return how many chunks.

        `progress` is told how many chunks the target has, and how many there are. Raises
        ChunkStoreError if the target holds an index of its own, or the source was moved before.
        """
        if not self._target.begin_copy(self._source.key()):
            raise ChunkStoreError(
                "The chunk store to move to holds an index of its own: choose an empty one."
            )
        self._copies = self._target.copies()
        for _ in range(_MOST_PASSES):
            # A dataset may get vectors of another length meanwhile: the next pass finds that.
            with suppress(DimensionMismatchError):
                if self._copy(progress, _nothing) <= _FEW:
                    break
        while self._store.renew():
            pass
        with self._source.frozen() as frozen:
            self._copy(progress, frozen.renew)
            frozen.pass_on(url)
        self._target.end_copy()
        return self._total

    def _copy(self, progress: Progress, renew: Callable[[], None]) -> int:
        """Bring the target up to what the source holds just now; return how many chunks differed.

        What has no chunks counts as one.
        """
        self._drop_other_lengths()
        differing: list[Outline] = []
        there: set[Place] = set()
        alike = self._total = 0
        for outline in self._source.outlines(renew):
            there.add(outline.place)
            self._total += outline.chunks
            if self._copies.get(outline.place) == outline.print:
                alike += outline.chunks
            else:
                differing.append(outline)
        progress(alike, self._total)
        gone = [place for place in self._copies if place not in there]
        self._drop(gone)
        for pack in _packs(differing):
            renew()
            self._drop([one.place for one in pack if one.place in self._copies])
            self._copy_pack(pack[0].place.dataset_id, [one.place.document_id for one in pack])
            alike += sum(one.chunks for one in pack)
            progress(min(alike, self._total), self._total)
        return sum(max(one.chunks, 1) for one in differing) + len(gone)

    def _drop_other_lengths(self) -> None:
        """Drop from the target the datasets whose vectors have become longer or shorter."""
        lengths = self._source.lengths()
        for dataset_id, length in self._target.lengths().items():
            if lengths.get(dataset_id, length) != length:
                gone = [place for place in self._copies if place.dataset_id == dataset_id]
                self._target.forget(gone)
                self._store.drop_dataset(dataset_id)
                for place in gone:
                    del self._copies[place]

    def _drop(self, places: Sequence[Place]) -> None:
        self._target.forget(places)
        for place in places:
            self._store.drop_document(*place)
            del self._copies[place]

    def _copy_pack(self, dataset_id: str, document_ids: Sequence[str]) -> None:
        """Copy documents of one dataset, of which the target has none."""
        self._copies |= {Place(dataset_id, document_id): "" for document_id in document_ids}
        pack = _Pack(self._store, dataset_id)
        with self._source.reading(dataset_id, document_ids) as copies:
            for copy in copies:
                pack.add(copy)
            pack.publish()
        self._target.note(pack.prints)
        self._copies |= pack.prints


def _nothing() -> None:
    """Renew nothing: nobody waits."""


def _packs(outlines: Sequence[Outline]) -> Iterator[list[Outline]]:
    """Yield documents of one dataset that are written at once."""
    for _, of_dataset in groupby(outlines, lambda one: one.place.dataset_id):
        pack: list[Outline] = []
        for outline in of_dataset:
            chunks = sum(one.chunks for one in pack) + outline.chunks
            if pack and (chunks > _PACK_CHUNKS or len(pack) == _PACK_DOCUMENTS):
                yield pack
                pack = []
            pack.append(outline)
        yield pack


class _Pack:
    """Pieces of documents of one dataset, written when there are enough of them."""

    def __init__(self, store: ChunkStore, dataset_id: str) -> None:
        self._store = store
        self._dataset_id = dataset_id
        self._pieces: list[Staging] = []
        self._visible: dict[str, int] = {}
        self.prints: dict[Place, str] = {}

    def add(self, copy: Copy) -> None:
        """Add a document; a large one is written as it is read."""
        self._visible[copy.place.document_id] = copy.visible
        self.prints[copy.place] = copy.print
        for piece in copy.pieces:
            if piece.generation != copy.visible and self._visible:
                # To publish a generation removes all others.
                self.publish()
            self._pieces.append(piece)
            if sum(len(one.chunks) for one in self._pieces) >= _PACK_CHUNKS:
                self._stage()

    def _stage(self) -> None:
        if self._pieces:
            self._store.stage_together(self._pieces)
        self._pieces = []

    def publish(self) -> None:
        """Write what is left, and show it."""
        self._stage()
        if self._visible:
            self._store.publish_together(self._dataset_id, self._visible)
        self._visible = {}


def move(source: ChunkStore, target: ChunkStore, url: str, progress: Progress) -> int:
    """Move what a store holds to another at `url`; return how many chunks there are.

    `progress` is told how many chunks the target has, and how many there are.
    """
    if isinstance(source, SegmentedChunkStore) and isinstance(target, SegmentedChunkStore):
        return Move(source, target).run(url, progress)
    if not (isinstance(source, Movable) and isinstance(target, Movable)):
        raise ChunkStoreError("An index in memory can be moved neither here nor there.")
    return DocumentMove(source, target).run(url, progress)
