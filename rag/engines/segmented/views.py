"""What a process knows of a dataset's index: its segments, and which of their rows are visible."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rag.engines import scoring
from rag.engines.segmented.cache import MASK_CHANGES, SegmentCache, Span, is_filed_size, spans
from rag.engines.segmented.masks import Mask, read_mask
from rag.engines.segmented.rows import Dataset
from rag.engines.segmented.segment_files import SegmentFile
from rag.engines.segmented.segments import Segment, merge_segments
from rag.engines.segmented.session import Session

_MOST_VIEWS = 64

_MOST_NAMES = 4096
"""Documents whose names a view keeps: some hundred bytes each."""


@dataclass(frozen=True, slots=True)
class Part:
    """A segment with the visibility of its rows and what their lengths set against counts."""

    segment: Segment
    visible: NDArray[np.bool_]
    norms: NDArray[np.float32]
    all_visible: bool


@dataclass(frozen=True, slots=True)
class View:
    """The visible rows of a dataset at one version.

    `names` has ids and names of documents by number, of those that searches have counted: a
    document that is renamed gets new rows, and its dataset another version with them.
    """

    dataset: Dataset
    visible: NDArray[np.bool_]
    held: dict[Span, Segment | SegmentFile]
    parts: tuple[Part, ...]
    live: int
    names: dict[int, tuple[str, str]] = field(default_factory=dict)

    def is_intact(self) -> bool:
        """Return whether all its files are as they were."""
        files = (held for held in self.held.values() if isinstance(held, SegmentFile))
        return all(file.is_intact() for file in files)

    def keep_name(self, document: int, names: tuple[str, str]) -> None:
        """Remember id and name of a document for the next search, unless there are too many."""
        if len(self.names) < _MOST_NAMES:
            self.names[document] = names


def _segment(item: Segment | SegmentFile) -> Segment:
    return item.segment if isinstance(item, SegmentFile) else item


def _is_latest(item: Segment | SegmentFile) -> bool:
    return isinstance(item, Segment) or not item.is_replaced()


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

    def get(self, session: Session, store: str, dataset: Dataset) -> View | None:
        """Return the view of a dataset as the session's snapshot has it.

        It is None if another thread has seen a newer one already.
        """
        key = (store, dataset.number)
        # Looked up once: other threads replace it.
        old = self._views.get(key)
        if old is not None and not old.is_intact():
            old = None
        if old is not None and old.dataset.version >= dataset.version:
            return old if old.dataset.version == dataset.version else None
        view = self._build(session, store, dataset, old)
        kept = dict(list(self._views.items())[-_MOST_VIEWS:])
        kept.pop(key, None)
        self._views = {**kept, key: view}
        return view

    def _build(self, session: Session, store: str, dataset: Dataset, old: View | None) -> View:
        kept = Mask(old.dataset.version, old.visible) if old is not None else None
        if kept is None or dataset.version - kept.version > MASK_CHANGES:
            kept = self._cache.mask(store, dataset) or kept
        visible = read_mask(session, dataset, kept).visible
        known = {} if old is None else {s: held for s, held in old.held.items() if _is_latest(held)}
        held = {
            span: known.get(span)
            or self._longer(session, dataset, span, known)
            or self._fetch(session, store, dataset, span, visible)
            for span in spans(dataset.next_row)
        }
        return View(dataset, visible, held, _parts(held, visible), int(np.count_nonzero(visible)))

    def _longer(
        self,
        session: Session,
        dataset: Dataset,
        span: Span,
        known: Mapping[Span, Segment | SegmentFile],
    ) -> Segment | None:
        """Return the segment of a range whose beginning is known, if there is one.

        What rows hold never changes, so that only the new ones are read.
        """
        first, last = span
        if is_filed_size(span):
            return None
        for (begin, end), held in known.items():
            if begin == first and end < last and isinstance(held, Segment):
                more = self._cache.build(session, dataset, (end, last))
                return merge_segments([held, more])
        return None

    def _fetch(
        self,
        session: Session,
        store: str,
        dataset: Dataset,
        span: Span,
        visible: NDArray[np.bool_],
    ) -> Segment | SegmentFile:
        found = self._cache.get(session, store, dataset, span)
        held = visible[_segment(found).rows]
        if isinstance(found, SegmentFile) and np.count_nonzero(held) * 2 < len(held):
            # Whoever removed the rows did so on another host, where this file is not.
            found = self._cache.compact_file(session, store, dataset, span) or found
            held = visible[_segment(found).rows]
        if np.count_nonzero(held) == np.count_nonzero(visible[slice(*span)]):
            return found
        # Somebody made it from a later snapshot, in which rows of this one were gone.
        return self._cache.build(session, dataset, span)
