"""A warm parser process: reads untrusted files for the worker, within limits, and can be ended."""

import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from rag.errors import (
    ConfigurationError,
    EmptyFileError,
    EncryptedFileError,
    ParseCancelledError,
    ParseError,
    ParserCrashError,
    ParserLimitError,
    RagError,
    UnsupportedFormatError,
)
from rag.ingestion.spawn import ChildProcess
from rag.ingestion.wire import (
    ChunksCut,
    Done,
    Event,
    Failed,
    PageRead,
    ParseRequest,
    decode_event,
    encode_request,
)

_LOGGER = logging.getLogger(__name__)
_CHECK_SECONDS = 0.25
_MEGABYTE = 1024 * 1024

_ERRORS: Mapping[str, type[RagError]] = {
    error.__name__: error
    for error in (
        ConfigurationError,
        EmptyFileError,
        EncryptedFileError,
        ParseError,
        ParserLimitError,
        UnsupportedFormatError,
    )
}


@dataclass(frozen=True, slots=True)
class ParserLimits:
    """What a parser process may take, and when a fresh one takes its place.

    `seconds` per file count only while the worker waits for the process, not while the worker is
    busy with what it got; the process's computing time has the same limit. `memory` is its
    address space in bytes. After `idle_seconds` without a file it is ended; after `max_files`
    files, or holding more than `max_resident` bytes after one, it is replaced.
    """

    seconds: float = 600.0
    memory: int = 2048 * _MEGABYTE
    idle_seconds: float = 60.0
    max_files: int = 200
    max_resident: int = 400 * _MEGABYTE


class ParserProcess:
    """Parses one file at a time; started when first needed. Workers with threads have one each.

    A parse waits for the one before it to be read to its end, or closed.

    `parsers` names the module that finds parsers, and `python_path` holds folders in which the
    process looks for modules before all others. Its temporary files lie in a folder of its own in
    `folder`, by default that of the system; `rag.workfolder.sweep` removes what a killed
    worker has left there. Other `limits` hold from the next file on.
    """

    def __init__(
        self,
        limits: ParserLimits | None = None,
        parsers: str = "rag.parsing.registry",
        python_path: tuple[Path, ...] = (),
        folder: Path | None = None,
    ) -> None:
        """Remember the settings; no process is started yet."""
        self.limits = limits or ParserLimits()
        self._parsers = parsers
        self._python_path = python_path
        self._folder = folder or Path(tempfile.gettempdir())
        self._in_use = threading.Lock()
        self._child: ChildProcess | None = None
        self._started_with = self.limits
        self._files = 0
        self._idle_timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    @property
    def pid(self) -> int | None:
        """Return the process id while a process runs."""
        child = self._child
        return child.pid if child is not None and child.alive else None

    def parse(
        self, request: ParseRequest, cancelled: Callable[[], bool]
    ) -> Generator[PageRead | ChunksCut, None, None]:
        """Yield pages and chunks as the process makes them; it waits when they are not taken.

        Closing the iterator early, and every error but one that the parser reports, ends the
        process. `cancelled` is asked at least twice a second while waiting. Raises ParseError and
        its children, ParseCancelledError, ParserLimitError and ParserCrashError among them.
        """
        for event in self._run(request, cancelled):
            if isinstance(event, PageRead | ChunksCut):
                yield event

    def page_count(self, path: Path, name: str, cancelled: Callable[[], bool]) -> int:
        """Return how many pages a file has; raises as `parse` does."""
        request = ParseRequest(str(path), name, count_only=True)
        return sum(e.pages for e in self._run(request, cancelled) if isinstance(e, Done))

    def close(self) -> None:
        """End the process, after the parse that is under way."""
        with self._in_use:
            self._end_child()

    def _run(self, request: ParseRequest, cancelled: Callable[[], bool]) -> Iterator[Event]:
        with self._in_use:
            child = self._ready_child()
            usable = False
            try:
                for event in self._exchange(child, request, cancelled):
                    if isinstance(event, Failed):
                        usable = event.error != ParserLimitError.__name__
                        raise self._reported(event, request.name)
                    usable = isinstance(event, Done)
                    yield event
            finally:
                self._after_file(child, usable=usable)

    def _exchange(
        self, child: ChildProcess, request: ParseRequest, cancelled: Callable[[], bool]
    ) -> Iterator[Event]:
        waited, next_check = 0.0, 0.0
        self._send(child, request)
        while True:
            started = time.monotonic()
            if started >= next_check:
                next_check = started + _CHECK_SECONDS
                if cancelled():
                    raise ParseCancelledError(f"Reading {request.name} was stopped on request.")
            event = self._next_event(child, request.name)
            waited += time.monotonic() - started
            if event is not None:
                yield event
            if isinstance(event, Done | Failed):
                return
            if waited >= self.limits.seconds:
                raise self._out_of_time(request.name)

    def _send(self, child: ChildProcess, request: ParseRequest) -> None:
        try:
            child.send(encode_request(request))
        except BrokenPipeError as error:
            raise self._died(child, request.name) from error

    def _next_event(self, child: ChildProcess, name: str) -> Event | None:
        try:
            body = child.receive(_CHECK_SECONDS)
            return None if body is None else decode_event(body)
        except EOFError as error:
            raise self._died(child, name) from error
        except ValueError as error:
            raise ParserCrashError(
                f"{name} could not be read: the parser process answered nonsense and was ended."
            ) from error

    def _ready_child(self) -> ChildProcess:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        limits = self.limits
        if self._child is None or not self._child.alive or self._started_with != limits:
            self._end_child()
            # The process ends itself only where the worker could not end it first.
            arguments = [str(os.getpid()), str(limits.memory), str(int(limits.seconds) + 5)]
            try:
                self._child = ChildProcess(
                    "rag.ingestion.child",
                    [*arguments, self._parsers],
                    self._python_path,
                    self._folder,
                )
            except OSError as error:
                raise ParserCrashError(
                    f"The parser process could not be started: {error.strerror}."
                ) from error
            self._files = 0
            self._started_with = limits
        return self._child

    def _after_file(self, child: ChildProcess, *, usable: bool) -> None:
        self._files += 1
        worn = self._files >= self.limits.max_files
        if not usable or worn or child.resident_bytes() > self.limits.max_resident:
            self._end_child()
            return
        self._idle_timer = threading.Timer(self.limits.idle_seconds, self._end_idle, [child])
        self._idle_timer.daemon = True
        self._idle_timer.start()

    def _end_idle(self, child: ChildProcess) -> None:
        if self._in_use.acquire(blocking=False):
            try:
                if self._child is child:
                    self._end_child()
            finally:
                self._in_use.release()

    def _end_child(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        if self._child is not None:
            self._child.end()
            self._child = None

    def _reported(self, event: Failed, name: str) -> RagError:
        if event.traceback or event.error not in _ERRORS:
            _LOGGER.error("Reading %s failed in the parser process:\n%s", name, event.traceback)
            return ParseError(f"{name} could not be read (internal error {event.error}).")
        if event.error == ParserLimitError.__name__ and not event.message:
            limit = self.limits.memory // _MEGABYTE
            return ParserLimitError(
                f"Reading {name} takes more than the {limit} MB of memory that a parse may use."
            )
        return _ERRORS[event.error](event.message)

    def _out_of_time(self, name: str) -> ParserLimitError:
        return ParserLimitError(
            f"Reading {name} took more than the {self.limits.seconds:g} seconds that a parse may "
            "take, and was ended."
        )

    def _died(self, child: ChildProcess, name: str) -> ParseError:
        code = child.exit_code()
        _LOGGER.error("The parser process of %s died (%s): %s", name, code, child.last_words)
        if code == -signal.SIGXCPU:
            return self._out_of_time(name)
        return ParserCrashError(
            f"{name} could not be read: the parser process died ({_describe(code)})."
        )


def _describe(code: int | None) -> str:
    if code is None:
        return "it closed its output"
    if code >= 0:
        return f"exit code {code}"
    known = -code in set(signal.Signals)
    return f"signal {-code}, {signal.Signals(-code).name}" if known else f"signal {-code}"
