"""The files that searches scan: made by whoever writes, and again by whoever finds one missing."""

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from rag.engines.segmented.masks import Mask, load_mask, read_mask, save_mask
from rag.engines.segmented.rows import Dataset, count_rows, read_segment_rows
from rag.engines.segmented.segment_files import (
    SegmentFile,
    filed_rows,
    is_filed,
    load_segment,
    save_segment,
)
from rag.engines.segmented.segments import MOST_ROWS, Segment, build_segment, merge_segments
from rag.engines.segmented.session import Session

_GROWTH = 4
"""So many files of a size are one of the next: there are few, and rows are seldom written anew."""

_FILED_SIZES = tuple(MOST_ROWS // _GROWTH**step for step in range(4))
FILED_ROWS = _FILED_SIZES[-1]
"""Smaller datasets have no files."""

_SIZES = (*_FILED_SIZES, FILED_ROWS // 2)
"""The last is in memory: what is written then joins at most as many rows, in half a millisecond."""

_MASKED_ROWS = MOST_ROWS // _GROWTH
"""Below this reading the mask takes some milliseconds."""

MASK_CHANGES = 64
"""So far behind is the file of a mask left; see `writes` for how many changes are kept."""

Span = tuple[int, int]
"""A range of running numbers of rows: first, and one after the last."""


def spans(rows: int) -> Iterator[Span]:
    """Yield the ranges that rows are cut into: complete ones of falling size, then a rest."""
    first = 0
    for size in _SIZES:
        while first + size <= rows:
            yield first, first + size
            first += size
    if first < rows:
        yield first, rows


def is_filed_size(span: Span) -> bool:
    """Return whether a range is of a size that has a file."""
    return span[1] - span[0] in _FILED_SIZES


def _inner(span: Span) -> list[Span]:
    """Return the ranges of the next smaller size that make up one of a file; none of the least."""
    size = (span[1] - span[0]) // _GROWTH
    if size not in _FILED_SIZES:
        return []
    return [(first, first + size) for first in range(*span, size)]


def _unlink(path: Path) -> None:
    # What is left of a cache costs space and does no harm.
    with suppress(OSError):
        path.unlink()


class SegmentCache:
    """The folder of a store's segment files; whatever is missing there is made from the store."""

    def __init__(self, folder: Path) -> None:
        """Open nothing yet."""
        self.folder = folder

    def _path(self, store: str, dataset: Dataset, span: Span) -> Path:
        first, last = span
        return self.folder / store / f"{dataset.number}-{first}-{last - first}.seg"

    def _mask_path(self, store: str, dataset: Dataset) -> Path:
        return self.folder / store / f"{dataset.number}-visible.mask"

    def build(self, session: Session, dataset: Dataset, span: Span) -> Segment:
        """Return the segment of a range, made from the store."""
        rows = read_segment_rows(session, dataset.row(span[0]), dataset.row(span[1]))
        return build_segment(rows, dataset.dimensions)

    def _make(self, session: Session, store: str, dataset: Dataset, span: Span) -> Segment:
        """Return the segment of a range, put together from smaller files as there are."""
        if not _inner(span):
            return self.build(session, dataset, span)
        return merge_segments(
            [
                found.segment
                if (found := load_segment(self._path(store, dataset, inner)))
                else self._make(session, store, dataset, inner)
                for inner in _inner(span)
            ]
        )

    def get(
        self, session: Session, store: str, dataset: Dataset, span: Span
    ) -> Segment | SegmentFile:
        """Return the segment of a range, mapped from a file if it is large."""
        if not is_filed_size(span):
            return self.build(session, dataset, span)
        path = self._path(store, dataset, span)
        found = load_segment(path)
        if found is not None:
            return found
        segment = self._make(session, store, dataset, span)
        try:
            save_segment(path, segment)
        except OSError:
            # A full or read-only disk: the cache costs memory then, and nothing else.
            return segment
        return load_segment(path) or segment

    def missing(self, store: str, dataset: Dataset, since: int = 0) -> Iterator[Span]:
        """Yield complete ranges, with rows from `since` on, without a file of this version."""
        for span in spans(dataset.next_row):
            late = is_filed_size(span) and span[1] > since
            if late and not is_filed(self._path(store, dataset, span)):
                yield span

    def seal(self, session: Session, store: str, dataset: Dataset, since: int) -> None:
        """Write the files of ranges that rows from `since` on have completed."""
        for span in self.missing(store, dataset, since):
            self.file(session, store, dataset, span)

    def file(self, session: Session, store: str, dataset: Dataset, span: Span) -> bool:
        """Write the file of a complete range for those that it replaces; return whether it is."""
        self.get(session, store, dataset, span)
        if not is_filed(self._path(store, dataset, span)):
            return False
        self._remove_inner(store, dataset, span)
        return True

    def _remove_inner(self, store: str, dataset: Dataset, span: Span) -> None:
        for inner in _inner(span):
            self._remove_inner(store, dataset, inner)
            _unlink(self._path(store, dataset, inner))

    def mask(self, store: str, dataset: Dataset) -> Mask | None:
        """Return the mask that is in the file of a dataset, of whichever version."""
        return load_mask(self._mask_path(store, dataset))

    def keep_mask(self, session: Session, store: str, dataset: Dataset) -> None:
        """Write the mask of a large dataset if the one in its file is far behind."""
        if dataset.next_row < _MASKED_ROWS:
            return
        known = self.mask(store, dataset)
        if known is None or dataset.version - known.version >= MASK_CHANGES:
            # A full or read-only disk: whoever starts reads the mask from the store.
            with suppress(OSError):
                mask = read_mask(session, dataset, known)
                save_mask(self._mask_path(store, dataset), mask)

    def compact(
        self, session: Session, store: str, dataset: Dataset, deleted: Sequence[int]
    ) -> None:
        """Write files anew that held deleted rows, and of whose rows less than half are left.

        So no scan goes over more than twice the rows that there are, and each row is written anew
        no more often than its file halves.
        """
        gone = np.array(deleted)
        for span in spans(dataset.next_row):
            if is_filed_size(span) and np.any((gone >= span[0]) & (gone < span[1])):
                self.compact_file(session, store, dataset, span)

    def compact_file(
        self, session: Session, store: str, dataset: Dataset, span: Span
    ) -> Segment | None:
        """Write a file anew if less than half of its rows are left; return its segment then."""
        path = self._path(store, dataset, span)
        left = count_rows(session, dataset.row(span[0]), dataset.row(span[1]))
        if left * 2 >= filed_rows(path):
            return None
        segment = self.build(session, dataset, span)
        # A full or read-only disk: the file that is there stays right.
        with suppress(OSError):
            save_segment(path, segment)
        return segment

    def remove(self, store: str, dataset: Dataset) -> None:
        """Remove the files of a dataset."""
        for path in (self.folder / store).glob(f"{dataset.number}-*"):
            _unlink(path)

    def sweep(self, store: str, numbers: Collection[int]) -> None:
        """Remove the files of all datasets but some: other hosts do not see one being dropped."""
        for path in (self.folder / store).glob("*-*"):
            number = path.name.partition("-")[0]
            if number.isdecimal() and int(number) not in numbers:
                _unlink(path)

    def take_over(self, other: "SegmentCache", theirs: str, ours: str) -> None:
        """Copy the files of another store whose rows have the same numbers."""
        # A full or read-only disk: whoever searches makes them.
        with suppress(OSError):
            shutil.copytree(other.folder / theirs, self.folder / ours, dirs_exist_ok=True)
