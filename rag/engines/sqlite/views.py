"""What a process knows of a dataset's index: its segments, and which of their rows are visible."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from rag.engines import scoring
from rag.engines.sqlite.rows import count_rows, read_segment_rows
from rag.engines.sqlite.schema import ROW_BITS
from rag.engines.sqlite.segment_files import SegmentFile, filed_rows, load_segment, save_segment
from rag.engines.sqlite.segments import MOST_ROWS, Segment, build_segment
from rag.engines.sqlite.statements import fetch

_FILED_SIZES = (MOST_ROWS, MOST_ROWS >> 4)
_SIZES = (*_FILED_SIZES, MOST_ROWS >> 8)
_MOST_VIEWS = 64

Span = tuple[int, int]
"""A range of running numbers of rows: first, and one after the last."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The row of a dataset in the store, with the id that it has outside."""

    number: int
    dimensions: int
    version: int
    next_row: int
    id: str = ""

    def row(self, running: int) -> int:
        """Return the row number of a running number."""
        return (self.number << ROW_BITS) | running


@dataclass(frozen=True, slots=True)
class Part:
    """A segment with the visibility of its rows and what their lengths set against counts."""

    segment: Segment
    visible: NDArray[np.bool_]
    norms: NDArray[np.float32]
    all_visible: bool


@dataclass(frozen=True, slots=True)
class View:
    """The visible rows of a dataset at one version."""

    dataset: Dataset
    visible: NDArray[np.bool_]
    held: dict[Span, Segment | SegmentFile]
    parts: tuple[Part, ...]
    live: int

    def is_intact(self) -> bool:
        """Return whether all its files are as they were."""
        files = (held for held in self.held.values() if isinstance(held, SegmentFile))
        return all(file.is_intact() for file in files)


def spans(rows: int) -> Iterator[Span]:
    """Yield the ranges that rows are cut into: complete ones of falling size, then a rest."""
    first = 0
    for size in _SIZES:
        while first + size <= rows:
            yield first, first + size
            first += size
    if first < rows:
        yield first, rows


def _unlink(path: Path) -> None:
    # What is left of a cache costs space and does no harm.
    with suppress(OSError):
        path.unlink()


class SegmentCache:
    """The folder of a store's segment files; whatever is missing there is made from the store."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self._folder = folder

    def _path(self, store: str, dataset: Dataset, span: Span) -> Path:
        first, last = span
        return self._folder / store / f"{dataset.number}-{first}-{last - first}.seg"

    def build(self, connection: apsw.Connection, dataset: Dataset, span: Span) -> Segment:
        """Return the segment of a range, made from the store."""
        rows = read_segment_rows(connection, dataset.row(span[0]), dataset.row(span[1]))
        return build_segment(rows, dataset.dimensions)

    def get(
        self, connection: apsw.Connection, store: str, dataset: Dataset, span: Span
    ) -> Segment | SegmentFile:
        """Return the segment of a range, mapped from a file if it is large."""
        if span[1] - span[0] not in _FILED_SIZES:
            return self.build(connection, dataset, span)
        path = self._path(store, dataset, span)
        found = load_segment(path)
        if found is not None:
            return found
        segment = self.build(connection, dataset, span)
        try:
            save_segment(path, segment)
        except OSError:
            # A full or read-only disk: the cache costs memory then, and nothing else.
            return segment
        return load_segment(path) or segment

    def seal(self, connection: apsw.Connection, store: str, dataset: Dataset) -> None:
        """Write the files of complete ranges that have none, and remove those they replace."""
        for span in spans(dataset.next_row):
            if span[1] - span[0] in _FILED_SIZES and not self._path(store, dataset, span).exists():
                self.get(connection, store, dataset, span)
                self._remove_inner(store, dataset, span)

    def _remove_inner(self, store: str, dataset: Dataset, span: Span) -> None:
        size = _FILED_SIZES[1]
        if span[1] - span[0] > size:
            for first in range(*span, size):
                _unlink(self._path(store, dataset, (first, first + size)))

    def compact(
        self, connection: apsw.Connection, store: str, dataset: Dataset, deleted: Sequence[int]
    ) -> None:
        """Write files anew that held deleted rows, and of whose rows less than half are left.

        So no scan goes over more than twice the rows that there are, and each row is written anew
        no more often than its file halves.
        """
        gone = np.array(deleted)
        for span in spans(dataset.next_row):
            if span[1] - span[0] in _FILED_SIZES and np.any((gone >= span[0]) & (gone < span[1])):
                path = self._path(store, dataset, span)
                left = count_rows(connection, dataset.row(span[0]), dataset.row(span[1]))
                if left * 2 < filed_rows(path):
                    # A full or read-only disk: the file that is there stays right.
                    with suppress(OSError):
                        save_segment(path, self.build(connection, dataset, span))

    def remove(self, store: str, dataset: Dataset) -> None:
        """Remove the files of a dataset."""
        for path in (self._folder / store).glob(f"{dataset.number}-*.seg"):
            _unlink(path)


def _segment(item: Segment | SegmentFile) -> Segment:
    return item.segment if isinstance(item, SegmentFile) else item


def _is_latest(item: Segment | SegmentFile) -> bool:
    return isinstance(item, Segment) or not item.is_replaced()


def _visible_rows(connection: apsw.Connection, dataset: Dataset) -> NDArray[np.bool_]:
    found = connection.execute(
        "SELECT row & 0xffffffff FROM chunk JOIN document ON document.number = chunk.document"
        " WHERE row >= ? AND row < ? AND chunk.generation = document.generation"
        " AND available AND enabled",
        (dataset.row(0), dataset.row(dataset.next_row)),
    )
    visible = np.zeros(dataset.next_row, bool)
    visible[np.fromiter((row for (row,) in found), np.intp)] = True
    return visible


def _changed_rows(
    connection: apsw.Connection, dataset: Dataset, old: View
) -> NDArray[np.bool_] | None:
    changes = fetch(
        connection,
        "SELECT visible, rows FROM change WHERE dataset = ? AND version > ? ORDER BY version",
        (dataset.number, old.dataset.version),
    )
    if len(changes) < dataset.version - old.dataset.version:
        return None
    visible = np.zeros(dataset.next_row, bool)
    visible[: len(old.visible)] = old.visible
    for is_visible, rows in changes:
        visible[np.frombuffer(rows, np.uint32)] = bool(is_visible)
    return visible


def _parts(held: dict[Span, Segment | SegmentFile], visible: NDArray[np.bool_]) -> tuple[Part, ...]:
    segments = [_segment(item) for item in held.values()]
    masks = [visible[segment.rows] for segment in segments]
    total = sum(int(s.lengths[mask].sum()) for s, mask in zip(segments, masks, strict=True))
    average = total / max(sum(map(np.count_nonzero, masks)), 1)
    return tuple(
        Part(
            segment=segment,
            visible=mask,
            norms=scoring.length_norm(segment.lengths.astype(np.float32), average),
            all_visible=bool(mask.all()),
        )
        for segment, mask in zip(segments, masks, strict=True)
        if mask.any()
    )


class Views:
    """The views of the datasets that were searched last; each is replaced, never changed."""

    def __init__(self, cache: SegmentCache) -> None:
        """Start without a view."""
        self._cache = cache
        self._views: dict[tuple[str, int], View] = {}

    def get(self, connection: apsw.Connection, store: str, dataset: Dataset) -> View | None:
        """Return the view of a dataset as the connection's snapshot has it.

        It is None if another thread has seen a newer one already.
        """
        key = (store, dataset.number)
        # Looked up once: other threads replace it.
        old = self._views.get(key)
        if old is not None and not old.is_intact():
            old = None
        if old is not None and old.dataset.version >= dataset.version:
            return old if old.dataset.version == dataset.version else None
        view = self._build(connection, store, dataset, old)
        kept = dict(list(self._views.items())[-_MOST_VIEWS:])
        kept.pop(key, None)
        self._views = {**kept, key: view}
        return view

    def _build(
        self, connection: apsw.Connection, store: str, dataset: Dataset, old: View | None
    ) -> View:
        visible = _changed_rows(connection, dataset, old) if old is not None else None
        if visible is None:
            visible = _visible_rows(connection, dataset)
        known = {} if old is None else {s: held for s, held in old.held.items() if _is_latest(held)}
        held = {
            span: known.get(span) or self._fetch(connection, store, dataset, span, visible)
            for span in spans(dataset.next_row)
        }
        return View(dataset, visible, held, _parts(held, visible), int(np.count_nonzero(visible)))

    def _fetch(
        self,
        connection: apsw.Connection,
        store: str,
        dataset: Dataset,
        span: Span,
        visible: NDArray[np.bool_],
    ) -> Segment | SegmentFile:
        found = self._cache.get(connection, store, dataset, span)
        held = visible[_segment(found).rows]
        if np.count_nonzero(held) == np.count_nonzero(visible[slice(*span)]):
            return found
        # Somebody made it from a later snapshot, in which rows of this one were gone.
        return self._cache.build(connection, dataset, span)
