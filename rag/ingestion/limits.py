"""What the reading of a document may take, in proportion to its file, and what it has taken."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rag.errors import ParserLimitError
from rag.parsing.base import Helpers

MEGABYTE = 1024 * 1024

MEMORY_PER_BYTE = 10
"""Resident bytes for each byte of a file; a sheet of a million rows takes four, of a PDF's one."""

LARGE = 600 * MEGABYTE
"""From here on a file has more time in proportion: by default 1 s a megabyte. Prose takes 0.35 s on
a free machine, so that 1 GB of it has not much to spare in 600 s."""

DOCUMENT_TIMES = 4
"""How many times the waiting for its parser a document may take, if nothing else is set."""


@dataclass(frozen=True, slots=True)
class ParserLimits:
    """What a parser process and a document may take, and when a fresh process takes its place.

    `seconds` count while the worker waits for the process; files over 600 MB have more.
    `memory` is the process's address space in bytes. Resident are `memory_base` and 10 bytes for
    each of the file, computing takes `cpu` seconds and `cpu_per_mb` a megabyte, and what comes out
    `characters` and `expansion` for each byte, and `chunks`. `document_seconds` limits the whole,
    with the worker's own part; 0 stands for four times `seconds`. After `idle_seconds` without a
    file a process is ended; after `max_files`, of which small ones count a sixteenth, or holding
    more than `max_resident` bytes after one, it is replaced. `helpers` is what may help to read a
    file.
    """

    seconds: float = 600.0
    memory: int = 2048 * MEGABYTE
    idle_seconds: float = 60.0
    max_files: int = 200
    max_resident: int = 400 * MEGABYTE
    memory_base: int = 320 * MEGABYTE
    cpu: float = 15.0
    cpu_per_mb: float = 15.0
    characters: int = 8_000_000
    expansion: float = 64.0
    chunks: int = 1_000_000
    document_seconds: float = 0.0
    helpers: Helpers = field(default_factory=Helpers)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> "ParserLimits":
        """Return the limits of which these are the fields, as `asdict` gives them."""
        return cls(**{**fields, "helpers": Helpers(**fields["helpers"])})


@dataclass(frozen=True, slots=True)
class Use:
    """What the reading of a document, or of a part of it, has taken.

    `seconds` of the worker, `cpu` seconds of the parser process, and what came out.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    characters: int = 0
    chunks: int = 0


NOTHING_USED = Use()


class Account:
    """The limits of one document, and what it takes.

    `others` is what other parts of the document have taken; it may be replaced at any time. `peak`
    is the most memory, in bytes, that the parser process was seen to hold. What
    is over a limit is a ParserLimitError that says what to do and which setting raises the limit.
    """

    def __init__(
        self, name: str, size: int, limits: ParserLimits, others: Use = NOTHING_USED
    ) -> None:
        """Work out the limits of a file of `size` bytes; its time begins now."""
        megabytes = size / MEGABYTE
        self.name = name
        self.size = size
        self.others = others
        self.waiting = limits.seconds * max(1.0, size / LARGE)
        self.cpu = min(limits.cpu + limits.cpu_per_mb * megabytes, self.waiting)
        self.seconds = limits.document_seconds or DOCUMENT_TIMES * self.waiting
        self.resident = min(limits.memory_base + MEMORY_PER_BYTE * size, limits.memory)
        self.characters = int(limits.characters + limits.expansion * size)
        self.chunks = limits.chunks
        self.peak = 0
        self._most_memory = limits.memory
        self._begun = time.monotonic()
        self._cpu = 0.0
        self._read = 0
        self._cut = 0
        self._chunks = 0

    @property
    def use(self) -> Use:
        """Return what has been taken so far, without the other parts."""
        seconds = time.monotonic() - self._begun
        return Use(seconds, self._cpu, max(self._read, self._cut), self._chunks)

    @property
    def cpu_left(self) -> float:
        """Return how many seconds of computing the parser process has left."""
        return self.cpu - self.others.cpu - self._cpu

    def compute(self, seconds: float) -> None:
        """Record that the parser process has computed for so many seconds more."""
        self._cpu += seconds

    def hold(self, resident: int) -> None:
        """Record how many bytes the parser process holds now."""
        self.peak = max(self.peak, resident)

    def read(self, characters: int) -> None:
        """Record the characters of a page; raises ParserLimitError."""
        self._read += max(0, characters)
        self._verify_characters(self._read)

    def cut(self, characters: int, chunks: int) -> None:
        """Record some chunks; raises ParserLimitError."""
        self._cut += characters
        self._chunks += chunks
        self._verify_characters(self._cut)
        if self.others.chunks + self._chunks > self.chunks:
            raise ParserLimitError(
                f"{self.name} makes more than {self.chunks:,} chunks: split it, or have "
                "worker.max_chunks raised."
            )

    def verify_time(self) -> None:
        """Raise ParserLimitError if the document has taken more time than it may."""
        taken = self.others.seconds + time.monotonic() - self._begun
        if taken > self.seconds:
            raise ParserLimitError(
                f"Reading and indexing {self.name} took more than {self.seconds:,.0f} seconds, the "
                "limit of a document: split it, or have worker.document_timeout raised."
            )

    def out_of_patience(self) -> ParserLimitError:
        """Return the error of a parser process that was waited for too long."""
        return ParserLimitError(
            f"Reading {self.name} took more than the {self.waiting:g} seconds that a parse may "
            "take, and was ended: split it, or have worker.parse_timeout raised."
        )

    def out_of_cpu(self) -> ParserLimitError:
        """Return the error of a parser process that has computed for too long."""
        setting = "parse_timeout" if self.cpu >= self.waiting else "parse_cpu"
        return ParserLimitError(
            f"Reading {self.name} took more computing than a file of {self._shown_size} may "
            f"({self.cpu:.0f} s): split it, or have worker.{setting} raised."
        )

    def out_of_memory(self) -> ParserLimitError:
        """Return the error of a parser process that took too much memory."""
        capped = self.resident >= self._most_memory
        setting = "parse_memory_bytes" if capped else "parse_memory_base"
        return ParserLimitError(
            f"Reading {self.name} takes more than the {self.resident // MEGABYTE} MB of memory "
            f"that a file of {self._shown_size} may use: split it, or have worker.{setting} raised."
        )

    def _verify_characters(self, count: int) -> None:
        total = self.others.characters + count
        if total > self.characters:
            raise ParserLimitError(
                f"{self.name} says the same again and again: {total / 1e6:.1f} million characters "
                f"out of {self._shown_size}; the limit is {self.characters / 1e6:.1f} million. "
                "Upload it without the repetitions, or have worker.parse_expansion raised."
            )

    @property
    def _shown_size(self) -> str:
        if self.size < MEGABYTE:
            return f"{max(1, self.size // 1024)} KB"
        return f"{self.size / MEGABYTE:.1f} MB"
