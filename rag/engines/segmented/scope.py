"""Where a query looks: the parts of some views one after the other, and rows by their places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.engines.segmented.segments import Indices, Packed
from rag.engines.segmented.views import Part, View


@dataclass(frozen=True, slots=True)
class Scope:
    """Parts with the base of their row numbers and the rows that may be found.

    The place of a row is its index among the rows of all parts; `ends` are those after each part.
    What takes places takes rising ones.
    """

    parts: list[Part]
    bases: list[int]
    allowed: list[NDArray[np.bool_]]
    live: int
    ends: Indices

    def split(self, places: Indices) -> Iterator[tuple[int, slice, Indices]]:
        """Yield the parts that places are in: its index, which of the places, the rows within."""
        begin = 0
        for index, end in enumerate(np.searchsorted(places, self.ends).tolist()):
            if end > begin:
                where = slice(begin, end)
                yield index, where, places[where] - self.first_of(index)
            begin = end

    def first_of(self, index: int) -> int:
        """Return the place of the first row of a part."""
        return int(self.ends[index]) - len(self.parts[index].segment.rows)

    def rows(self, places: Indices) -> NDArray[np.int64]:
        """Return the row numbers of places."""
        numbers = np.empty(len(places), np.int64)
        for index, where, rows in self.split(places):
            numbers[where] = self.parts[index].segment.rows.take(rows)
            numbers[where] |= self.bases[index]
        return numbers

    def documents(self, places: Indices) -> NDArray[np.uint32]:
        """Return the numbers of the documents of places."""
        numbers = np.empty(len(places), np.uint32)
        for index, where, rows in self.split(places):
            numbers[where] = self.parts[index].segment.documents.take(rows)
        return numbers

    def digests(self, places: Indices) -> Packed:
        """Return what tells the contents of places."""
        digests = np.empty(len(places), np.uint64)
        for index, where, rows in self.split(places):
            digests[where] = self.parts[index].segment.digests.take(rows)
        return digests


def open_scope(views: Sequence[View], documents: NDArray[np.intp] | None) -> Scope:
    """Return the scope of some views; `documents` are the numbers of those allowed, None all."""
    pairs = [(part, view.dataset.row(0)) for view in views for part in view.parts]
    parts = [part for part, _ in pairs]
    allowed = [part.visible for part in parts]
    if documents is not None:
        highest = max((int(part.segment.documents.max()) for part in parts), default=0)
        table = np.zeros(highest + 1, bool)
        table[documents[documents <= highest]] = True
        allowed = [part.visible & table[part.segment.documents] for part in parts]
    ends = np.cumsum([len(part.segment.rows) for part in parts], dtype=np.intp)
    live = sum(view.live for view in views)
    return Scope(parts, [base for _, base in pairs], allowed, live, ends)
