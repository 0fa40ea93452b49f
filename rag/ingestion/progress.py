"""How far a job is, from the pages it has read, in few enough reports to store each."""

import time
from collections.abc import Callable

from rag.ingestion.wire import ParseRequest

_STEP = 0.01
# What is left after the last page: storing and indexing the last batch.
_READ_ALL = 0.95
_EMBEDDED_EVERY = 15.0
"""Seconds between two messages about vectors; most models are done before the first."""

_HALFWAY = 500
"""Chunks with vectors at which a file is half done, if nobody knows how many pages it has."""


class ProgressReporter:
    """Turns pages into fractions and messages; reports steps of a hundredth, and messages."""

    def __init__(
        self,
        request: ParseRequest,
        report: Callable[[float, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin at nothing."""
        self._clock = clock
        self._told = clock()
        self._first = max(1, request.first_page)
        self._last = request.last_page
        self._report = report
        self._fraction = 0.0
        self._page = 0
        self._is_counted = False

    def page_read(self, number: int, total: int) -> None:
        """Record that a page is done; `total` is 0 while it is not known."""
        self._page = number
        self._is_counted = total > 0
        last = min(self._last or total, total)
        if last >= self._first:
            done = (number - self._first + 1) / (last - self._first + 1)
            fraction = _READ_ALL * min(1.0, done)
            if fraction >= self._fraction + _STEP:
                self._fraction = fraction
                self._report(fraction, "")

    def embedded(self, chunks: int) -> None:
        """Record how many chunks have vectors."""
        now = self._clock()
        if now >= self._told + _EMBEDDED_EVERY:
            self._told = now
            if not self._is_counted:
                reached = _READ_ALL * chunks / (chunks + _HALFWAY)
                self._fraction = max(self._fraction, reached)
            self._report(self._fraction, f"Embedded {chunks} chunks so far")

    def finish(self, chunks: int, remarks: str, embedding: float, indexing: float) -> None:
        """Report what was done and left out, and the seconds of embedding and indexing."""
        if self._page:
            self._report(_READ_ALL, f"Page({self._first}~{self._page}) parsing finished")
        if remarks:
            self._report(_READ_ALL, remarks)
        self._report(_READ_ALL, f"Generate {chunks} chunks")
        self._report(_READ_ALL, f"Embedding chunks ({embedding:.1f}s)")
        self._report(1.0, f"Indexing done ({indexing:.1f}s).")
