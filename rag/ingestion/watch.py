"""A look at a parser process many times a second, whatever its worker is busy with meanwhile."""

import signal
import threading
from typing import Self

from rag.errors import ParserLimitError
from rag.ingestion.limits import Account
from rag.ingestion.spawn import ChildProcess

LOOK_SECONDS = 0.05
"""A parser fills 50 MB or so in this time, and 20 looks a second take 0.1 % of a core."""

NEAR = 0.7
"""The part of the limit from which on a death counts as one for lack of memory.

Libraries end their process when they get none: PDFium and calamine by SIGABRT.
"""

NO_MEMORY = ("memory allocation of", "std::bad_alloc", "ut of memory")
"""What libraries in Rust (calamine) and C++ say last when much was asked for at once, and refused:
then little is resident."""


class Watch:
    """Ends the process when the file that it reads takes more memory or computing than it may."""

    def __init__(self, child: ChildProcess, account: Account) -> None:
        """Initialize with the state of the process before the file."""
        self.problem: ParserLimitError | None = None
        self._child = child
        self._account = account
        self._cpu = child.cpu_seconds()
        self._earlier_peak = child.peak_bytes()
        self._peak = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="parser-watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, after a last look."""
        self._ended.set()
        self._thread.join()
        self._look()

    def explain(self, code: int | None) -> ParserLimitError | None:
        """Return which limit ended the process, whose exit code this is; None if none did."""
        if self.problem is not None or code is None:
            return self.problem
        if code == -signal.SIGXCPU:
            return self._account.out_of_cpu()
        if any(words in self._child.last_words for words in NO_MEMORY):
            return self._account.out_of_memory()
        near = NEAR * self._account.resident
        return self._account.out_of_memory() if self._peak_of_file() > near else None

    def _peak_of_file(self) -> int:
        """Return the most memory that was held for the file, as far as it can be told."""
        lifelong = self._child.peak_bytes()
        return lifelong if lifelong > self._earlier_peak else self._peak

    def _run(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            self._look()
            if self.problem is not None:
                self._child.kill()
                return

    def _look(self) -> None:
        resident, cpu = self._child.resident_bytes(), self._child.cpu_seconds()
        self._peak = max(self._peak, resident)
        self._account.hold(resident)
        if cpu > self._cpu:
            self._account.compute(cpu - self._cpu)
            self._cpu = cpu
        if resident > self._account.resident:
            self.problem = self._account.out_of_memory()
        elif self._account.cpu_left <= 0:
            self.problem = self._account.out_of_cpu()
