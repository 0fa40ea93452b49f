"""What the server says about itself: how its parts are, and what its processes report."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

Content = Mapping[str, object]
"""What a process reports: any JSON object, which pages show as it is."""


class Answer(NamedTuple):
    """An answer as it went out, in text."""

    status: int
    content_type: str
    body: str


class KeptRecord(NamedTuple):
    """A kept answer, and the fingerprint of its request."""

    fingerprint: str
    answer: Answer


class ReportKind(StrEnum):
    """Who reports."""

    JOB = "job"
    WORKER = "worker"
    REGISTRAR = "registrar"
    FIGURES = "figures"
    WARNINGS = "warnings"


class ReadyWord(StrEnum):
    """Whether requests can be answered; `degraded` means that the server goes on with less."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not ready"


@dataclass(frozen=True, slots=True)
class PartState:
    """How a part was when it was asked: `error` is None when it was in order.

    `lost` is what does not go on without the part, empty if nothing goes on without it.
    """

    elapsed_ms: float
    error: str | None = None
    lost: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """How the parts are, and what follows for the server."""

    parts: Mapping[str, PartState]

    @property
    def needed(self) -> list[str]:
        """Return what is wrong with parts without which nothing goes on."""
        return [
            f"{name}: {part.error}"
            for name, part in self.parts.items()
            if part.error is not None and not part.lost
        ]

    @property
    def lost(self) -> list[str]:
        """Return what does not go on, by the part that it needs."""
        return [
            f"{name}: {part.lost}"
            for name, part in self.parts.items()
            if part.error is not None and part.lost
        ]

    @property
    def is_ready(self) -> bool:
        """Return whether requests can be answered, be it without something."""
        return not self.needed

    @property
    def word(self) -> ReadyWord:
        """Return whether requests can be answered."""
        if self.needed:
            return ReadyWord.NOT_READY
        return ReadyWord.DEGRADED if self.lost else ReadyWord.READY


@dataclass(frozen=True, slots=True)
class Part:
    """A part with the name of its backend; `state` is None where it is not configured."""

    backend: str
    state: PartState | None


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """The parts, and the newest reports of jobs, ingest workers and registrars, by name."""

    parts: Mapping[str, Part]
    jobs: Mapping[str, Content]
    workers: Mapping[str, Content]
    registrars: Mapping[str, Content]


class Backlog(NamedTuple):
    """How many tasks are running, and for how many ms the oldest one has been due."""

    running: int
    waited_ms: int
