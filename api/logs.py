"""Log lines of every process: text or JSON, each with the id of the request that it belongs to."""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that this greenlet or thread answers."""

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""The id of the trace that it belongs to, empty for one that is not traced."""

FIELDS = "fields"
"""The attribute of a log record that holds values which JSON shows by name."""


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
    logging.basicConfig(handlers=[handler], level=level, force=True)
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
