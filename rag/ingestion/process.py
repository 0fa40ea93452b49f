"""A warm parser process: reads untrusted files for the worker, within limits, and can be ended."""

import logging
import math
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Self

from rag.errors import (
    ConfigurationError,
    EmptyFileError,
    EncryptedFileError,
    ModelUnavailableError,
    ParseCancelledError,
    ParseError,
    ParserCrashError,
    ParserLimitError,
    RagError,
    UnsupportedFormatError,
)
from rag.ingestion.limits import Account, ParserLimits
from rag.ingestion.spawn import ChildProcess
from rag.ingestion.watch import Watch
from rag.ingestion.wire import (
    ChunksCut,
    Done,
    Event,
    Failed,
    PageDrawn,
    PageRead,
    PagesMeasured,
    ParseRequest,
    Wanted,
    decode_event,
    encode_request,
)
from rag.parsing.base import Helpers

_LOGGER = logging.getLogger(__name__)
_CHECK_SECONDS = 0.25
_SMALL_FILE = 32 * 1024
_SMALL_WEAR = 1 / 16
"""What a small file counts among those after which a process is replaced."""

_BESIDE = 128 * 1024 * 1024
"""Address space beside what is resident: libraries that are loaded, what malloc keeps in hand."""

_ERRORS: Mapping[str, type[RagError]] = {
    error.__name__: error
    for error in (
        ConfigurationError,
        EmptyFileError,
        EncryptedFileError,
        ModelUnavailableError,
        ParseError,
        ParserLimitError,
        UnsupportedFormatError,
    )
}


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
        """Initialize with the settings; no process is started yet."""
        self.limits = limits or ParserLimits()
        self._parsers = parsers
        self._python_path = python_path
        self._folder = folder or Path(tempfile.gettempdir())
        self._in_use = threading.Lock()
        self._child: ChildProcess | None = None
        self._started_with = 0
        self._files = 0.0
        self._idle_timer: threading.Timer | None = None
        self._last_use = 0.0

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
        self, request: ParseRequest, cancelled: Callable[[], bool], account: Account | None = None
    ) -> Generator[PageRead | ChunksCut, None, None]:
        """Yield pages and chunks as the process makes them; it waits when they are not taken.

        `account` has the limits of the document; without one, those of its file as a whole hold.
        Closing the iterator early, and every error but one that the parser reports, ends the
        process. `cancelled` is asked at least twice a second while waiting. Raises ParseError and
        its children, ParseCancelledError, ParserLimitError and ParserCrashError among them.
        """
        for event in self._run(request, cancelled, account):
            if isinstance(event, PageRead | ChunksCut):
                yield event

    def page_count(
        self, path: Path, name: str, cancelled: Callable[[], bool], account: Account | None = None
    ) -> int:
        """Return how many pages a file has; raises as `parse` does."""
        request = ParseRequest(str(path), name, Wanted.COUNT)
        return sum(e.pages for e in self._run(request, cancelled, account) if isinstance(e, Done))

    def pictures(self, request: ParseRequest) -> Iterator[PagesMeasured | PageDrawn]:
        """Yield the sizes of a file's pages, or the pictures that are wanted; as `parse` does.

        What is laid out yields nothing: the file is there then.
        """
        for event in self._run(request, lambda: False, None):
            if isinstance(event, PagesMeasured | PageDrawn):
                yield event

    def account(self, path: Path, name: str) -> Account:
        """Return the limits of a file, of which nothing is used."""
        return Account(name, path.stat().st_size if path.exists() else 0, self.limits)

    def close(self) -> None:
        """End the process, after the parse that is under way."""
        with self._in_use:
            self._end_child()

    def _run(
        self, request: ParseRequest, cancelled: Callable[[], bool], given: Account | None
    ) -> Iterator[Event]:
        account = given or self.account(Path(request.path), request.name)
        with self._in_use:
            child = self._ready_child()
            usable = False
            try:
                with Watch(child, account) as watch:
                    for event in self._exchange(child, request, cancelled, account, watch):
                        if isinstance(event, Failed):
                            usable = event.error != ParserLimitError.__name__
                            raise _reported(event, account)
                        usable = isinstance(event, Done)
                        yield event
            finally:
                self._after_file(child, account.size, usable=usable)

    def _exchange(
        self,
        child: ChildProcess,
        request: ParseRequest,
        cancelled: Callable[[], bool],
        account: Account,
        watch: Watch,
    ) -> Iterator[Event]:
        waited, next_check = 0.0, 0.0
        _send(child, request, account, watch, self.limits.helpers)
        while True:
            started = time.monotonic()
            if started >= next_check:
                next_check = started + _CHECK_SECONDS
                account.verify_time()
                if cancelled():
                    raise ParseCancelledError(f"Reading {request.name} was stopped on request.")
            event = _next_event(child, request.name, watch)
            waited += time.monotonic() - started
            if event is not None:
                waited -= _note(event, account)
                yield event
            if isinstance(event, Done | Failed):
                return
            if waited >= account.waiting:
                raise account.out_of_patience()

    def _ready_child(self) -> ChildProcess:
        memory = self.limits.memory
        if self._child is None or not self._child.alive or self._started_with != memory:
            self._end_child()
            try:
                self._child = ChildProcess(
                    "rag.ingestion.child",
                    [str(os.getpid()), str(memory), self._parsers],
                    self._python_path,
                    self._folder,
                )
            except OSError as error:
                raise ParserCrashError(
                    f"The parser process could not be started: {error.strerror}."
                ) from error
            self._files = 0.0
            self._started_with = memory
        return self._child

    def _after_file(self, child: ChildProcess, size: int, *, usable: bool) -> None:
        self._files += 1 if size > _SMALL_FILE else _SMALL_WEAR
        worn = self._files >= self.limits.max_files
        if not usable or worn or child.resident_bytes() > self.limits.max_resident:
            self._end_child()
            return
        self._last_use = time.monotonic()
        if self._idle_timer is None:
            self._look_later(self.limits.idle_seconds)

    def _look_later(self, seconds: float) -> None:
        self._idle_timer = threading.Timer(seconds, self._end_idle)
        self._idle_timer.daemon = True
        self._idle_timer.start()

    def _end_idle(self) -> None:
        with self._in_use:
            if self._idle_timer is not threading.current_thread():
                return  # cancelled while it waited
            left = self._last_use + self.limits.idle_seconds - time.monotonic()
            if left <= 0:
                self._end_child()
            else:
                self._look_later(left)

    def _end_child(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self._child is not None:
            self._child.end()
            self._child = None


def _send(
    child: ChildProcess, request: ParseRequest, account: Account, watch: Watch, helpers: Helpers
) -> None:
    limited = replace(
        request,
        cpu_seconds=max(1, math.ceil(account.cpu_left)),
        memory=account.resident + _BESIDE,
        helpers=helpers,
    )
    try:
        child.send(encode_request(limited))
    except BrokenPipeError as error:
        raise _died(child, request.name, watch) from error


def _next_event(child: ChildProcess, name: str, watch: Watch) -> Event | None:
    try:
        body = child.receive(_CHECK_SECONDS)
        return None if body is None else decode_event(body)
    except EOFError as error:
        raise _died(child, name, watch) from error
    except ValueError as error:
        raise ParserCrashError(
            f"{name} could not be read: the parser process answered nonsense and was ended."
        ) from error


def _note(event: Event, account: Account) -> float:
    """Count what has come out; return the seconds that were none of the parser's own."""
    if isinstance(event, PageRead):
        account.read(event.characters)
        return max(0.0, event.aside)
    if isinstance(event, ChunksCut):
        account.cut(sum(len(draft.content) for draft in event.drafts), len(event.drafts))
    return 0.0


def _reported(event: Failed, account: Account) -> RagError:
    name = account.name
    if event.traceback or event.error not in _ERRORS:
        _LOGGER.error("Reading %s failed in the parser process:\n%s", name, event.traceback)
        return ParseError(f"{name} could not be read (internal error {event.error}).")
    if event.error == ParserLimitError.__name__ and not event.message:
        return account.out_of_memory()
    return _ERRORS[event.error](event.message)


def _died(child: ChildProcess, name: str, watch: Watch) -> ParseError:
    code = child.exit_code()
    if (limit := watch.explain(code)) is not None:
        return limit
    _LOGGER.error("The parser process of %s died (%s): %s", name, code, child.last_words)
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
