"""Where entries go: into the table, and into a file or the log, for other programs.

Entries of requests wait in memory and are written together, once a second, so that no request
waits for them: who kills the process loses the last second, and a database that is away loses what
does not fit into the queue. Entries about who may do what are written before the answer goes out.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from api.config.guarding import AuditSettings
from api.db.connection import Database, DatabaseTrouble, connected
from api.errors import RaglanError
from api.logs import FIELDS, Spell
from api.observability.definitions import AUDIT_LOST
from api.observability.recorder import Recorder
from api.services.auditing import queries
from api.services.auditing.lines import append
from api.services.auditing.records import Entry

log = logging.getLogger(__name__)
lines = logging.getLogger("raglan.audit")

PAUSE = 1.0
"""Seconds between two times of writing."""

TOGETHER = 100
"""Entries in one statement, and those that are not waited for any longer."""

PATIENCE = 3.0
"""Seconds that a process which stops takes to write what waits."""

FOLDER = "audit"
LINES = "audit-{:%Y-%m-%d}.jsonl"


class Waiting(NamedTuple):
    """What makes an entry: it is made when it is written, and not while somebody waits."""

    make: Callable[[], Entry]
    is_written: bool = False


class Trail:
    """The entries of one process on their way out."""

    def __init__(
        self,
        database: Database,
        settings: Callable[[], AuditSettings],
        folder: Path,
        recorder: Recorder,
    ) -> None:
        """Begin with nothing; `settings` returns those that are in force now."""
        self.database = database
        self.settings = settings
        self.folder = folder / FOLDER
        self.recorder = recorder
        self._queue: deque[Waiting] = deque()
        self._word = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._table = Spell(log)
        self._file = Spell(log)

    def start(self) -> None:
        """Begin to write what waits, beside what the process does."""
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end."""
        self._stopping.set()
        self._word.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def note(self, make: Callable[[], Entry]) -> None:
        """Have an entry written soon; it is counted as lost where too many wait."""
        self._put(Waiting(make))

    def write(self, entry: Entry) -> None:
        """Write an entry into the table at once; where that fails, into the log."""
        try:
            self._insert([entry])
        except (RaglanError, DatabaseTrouble) as error:
            self._table.begin("The audit log cannot be written", error)
            lines.warning("%s", as_line(entry), extra={FIELDS: entry._asdict()})
        self._put(Waiting(lambda: entry, is_written=True))

    def flush(self) -> None:
        """Write what waits."""
        while self._queue:
            some = [self._queue.popleft() for _ in range(min(TOGETHER, len(self._queue)))]
            made = [(waiting.make(), waiting.is_written) for waiting in some]
            self._send([entry for entry, _ in made])
            self._store([entry for entry, is_written in made if not is_written])

    def _put(self, waiting: Waiting) -> None:
        if len(self._queue) >= self.settings().queue:
            self.recorder.count(AUDIT_LOST)
            return
        self._queue.append(waiting)
        if len(self._queue) >= TOGETHER:
            self._word.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._word.wait(PAUSE)
            self._word.clear()
            self.flush()
        self.flush()

    def _store(self, entries: Sequence[Entry]) -> None:
        if not entries or self.settings().table == "off":
            return
        try:
            self._insert(entries)
        except (RaglanError, DatabaseTrouble) as error:
            self.recorder.count(AUDIT_LOST, by=len(entries))
            self._table.begin("The audit log cannot be written", error)
        else:
            self._table.end("The audit log is written again.")

    @connected
    def _insert(self, entries: Sequence[Entry]) -> None:
        with self.database.atomic():
            queries.insert(self.database, entries)

    def _send(self, entries: Sequence[Entry]) -> None:
        where = self.settings().stream
        if where == "log":
            for entry in entries:
                lines.info("%s", as_line(entry), extra={FIELDS: entry._asdict()})
        elif where == "file" and entries:
            try:
                self._append(entries)
            except OSError as error:
                self.recorder.count(AUDIT_LOST, by=len(entries))
                self._file.begin("The file of the audit log cannot be written", error)
            else:
                self._file.end("The file of the audit log is written again.")

    def _append(self, entries: Iterable[Entry]) -> None:
        """Add lines to the file of the day, which all processes share."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / LINES.format(datetime.now(UTC))
        append(path, "".join(f"{as_line(entry)}\n" for entry in entries))


def as_line(entry: Entry) -> str:
    """Return an entry as a line of JSON."""
    detail = orjson.loads(entry.detail)
    return orjson.dumps({**entry._asdict(), "detail": detail}).decode()
