"""Log lines of every process: text or JSON, each with the id of the request that it belongs to.

The last warnings stay in memory for somebody who helps. Such a line keeps its template, its numbers
and the kinds of errors; texts that were put into it are left out, as they may be names, addresses,
or words of documents.
"""

import logging
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import NamedTuple

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that this greenlet or thread answers."""

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The id of the trace that it belongs to, empty for one that is not traced."""

FIELDS = "fields"
"""The attribute of a log record that holds values which JSON shows by name."""

MOST_LINES = 200
MOST_FRAMES = 6
"""Of an error, from where it was raised."""

LEFT_OUT = "…"
OWN = ("api.", "rag.", "raglan")
"""The beginnings of the names of our own loggers, whose templates say nothing of data."""


class Spell:
    """A spell of trouble with what is tried again and again: told when it begins and ends."""

    def __init__(self, log: logging.Logger) -> None:
        """Begin well; the lines go to `log`."""
        self.log = log
        self._cause = ""

    def begin(self, what: str, error: Exception, *, is_defect: bool = False) -> None:
        """Record that something failed; what has just been told already is not worth a warning.

        A defect is told with its traceback.
        """
        cause = f"{type(error).__name__}: {error}"
        if cause == self._cause:
            self.log.debug("%s: %s", what, error)
        else:
            self.log.warning("%s: %s", what, error, exc_info=error if is_defect else None)
        self._cause = cause

    def end(self, what: str) -> None:
        """Record that it went well, which is logged after trouble."""
        if self._cause:
            self.log.warning("%s", what)
        self._cause = ""


class TextFormatter(logging.Formatter):
    """`2026-11-20T20:04:58.123Z INFO web[12] 5f2a logger: message`, then the traceback, if any."""

    def __init__(self, process: str) -> None:
        """Initialize with the kind of process that writes."""
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = (
            f"{stamp(record)} {record.levelname} {self.process}[{record.process}]"
            f" {request_id.get()} {record.name}: {record.getMessage()}"
        )
        if traced := trace_id.get():
            line += f" trace={traced}"
        trace = traceback_of(self, record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str) -> None:
        """Initialize with the kind of process that writes."""
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        values: dict[str, object] = {
            "time": stamp(record),
            "level": record.levelname,
            "process": self.process,
            "pid": record.process,
            "request_id": request_id.get(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if traced := trace_id.get():
            values["trace_id"] = traced
        trace = traceback_of(self, record)
        if trace:
            values["traceback"] = trace
        return orjson.dumps(values, default=str).decode()


def configure_logging(process: str, level: str, style: str) -> None:
    """Send everything that is logged to standard error, as `text` or `json`.

    `process` is what the process calls itself: web, worker or cli.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process) if style == "json" else TextFormatter(process))
    logging.basicConfig(handlers=[handler, LogMemory()], level=level, force=True)
    logging.captureWarnings(capture=True)
    # Its statements hold the values of their rows: titles, texts, hashes of passwords.
    logging.getLogger("peewee").setLevel(logging.INFO)
    # It warns of every connection beyond those kept for reuse, which is no fault.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


def set_level(level: str) -> None:
    """Log from now on what is of a level or above; gunicorn's logger has a level of its own."""
    logging.getLogger().setLevel(level)
    logging.getLogger("gunicorn.error").setLevel(gunicorn_level(level))


def gunicorn_level(level: str) -> str:
    """Return the level for gunicorn's lines: those for DEBUG hold addresses, and keys in them."""
    return "INFO" if level == "DEBUG" else level


def stamp(record: logging.LogRecord) -> str:
    """Return when a record was made, in UTC with milliseconds."""
    made = datetime.fromtimestamp(record.created, UTC)
    return f"{made:%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03d}Z"


def traceback_of(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return the traceback that a record carries, or nothing."""
    return formatter.formatException(record.exc_info) if record.exc_info else ""


class MaskedLine(NamedTuple):
    """A line without the texts in it; `time` in ms since 1970, `cause` is an error, and where."""

    time: int
    level: str
    logger: str
    request_id: str
    message: str
    cause: tuple[str, ...]


class LogMemory(logging.Handler):
    """Keeps the last warnings and errors of this process."""

    def __init__(self) -> None:
        """Begin with none."""
        super().__init__(logging.WARNING)
        self.lines: deque[MaskedLine] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(masked(record))


def masked(record: logging.LogRecord) -> MaskedLine:
    """Return what may be seen of a record."""
    own = record.name.startswith(OWN)
    return MaskedLine(
        int(record.created * 1000),
        record.levelname,
        record.name,
        request_id.get(),
        template(record) if own else LEFT_OUT,
        tuple(cause(record)),
    )


def template(record: logging.LogRecord) -> str:
    """Return the message of a record with its numbers and kinds of errors alone."""
    text, args = str(record.msg), record.args
    if not args:
        return text
    if isinstance(args, Mapping):
        return text % {name: plain(value) for name, value in args.items()}
    return text % tuple(map(plain, args))


def plain(value: object) -> object:
    """Return what may be seen of a value."""
    if isinstance(value, int | float):
        return value
    return type(value).__name__ if isinstance(value, BaseException) else LEFT_OUT


def cause(record: logging.LogRecord) -> Iterator[str]:
    """Yield the kind of a record's error, and where it was raised, the innermost place first."""
    kind, _, trace = record.exc_info or (None, None, None)
    if kind is None:
        return
    yield kind.__name__
    for frame in reversed(extract_tb(trace)[-MOST_FRAMES:]):
        yield f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"


def remembered() -> list[MaskedLine]:
    """Return the last warnings of this process, the oldest first."""
    kept = (one for one in logging.getLogger().handlers if isinstance(one, LogMemory))
    return [line for memory in kept for line in memory.lines]
