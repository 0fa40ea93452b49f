"""Telling the broker what waits in the table: after each change, and again for what was lost."""

import logging
import threading
from collections import deque
from collections.abc import Iterable

from peewee import Database

from api.db.connection import connection
from api.errors import RaglanError
from api.observability.definitions import ANNOUNCED
from api.observability.recorder import Recorder
from api.tasks.base import KINDS
from api.tasks.broker.base import Broker
from api.tasks.claiming import Claims

log = logging.getLogger(__name__)

MOST_WAITING = 250
"""So many messages of a kind wait at most: more would only tell again that there is work."""

SETTLED = 1.0
"""Seconds after which the transaction that asked for cancelling is over, and its outcome seen."""

MOST_CANCELLED = 500
LATELY_MS = 60_000


class Announcer:
    """Keeps as many messages in the broker as tasks are due, from a thread that begins when needed.

    What is sent twice, or for a task that somebody has claimed meanwhile, costs a worker a look.
    """

    def __init__(
        self, database: Database, claims: Claims, broker: Broker, recorder: Recorder
    ) -> None:
        """Initialize with the parts; nothing is asked yet."""
        self._database = database
        self._claims = claims
        self._broker = broker
        self._recorder = recorder
        self._called = threading.Event()
        self._cancelled: deque[str] = deque(maxlen=MOST_CANCELLED)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def announce(self) -> int:
        """Send as many messages as are lacking; return how many. Raises UnavailableError."""
        return sum(self._announce(kind) for kind in KINDS) if self._broker.is_there else 0

    def wake(self) -> None:
        """Have messages sent soon; whoever calls is not kept waiting by the broker."""
        if self._broker.is_there:
            self._called.set()
            self._begin()

    def cancelled(self, document_ids: Iterable[str]) -> None:
        """Have the messages of these documents' tasks revoked, if they are cancelled by then."""
        if self._broker.is_there:
            self._cancelled.extend(document_ids)
            self.wake()

    def _announce(self, kind: str) -> int:
        # First what is due, then what is said of it: a message that is counted will be taken by a
        # worker that sees all of these tasks.
        with connection(self._database):
            due = self._claims.due(kind, MOST_WAITING)
        unheard = due[self._broker.waiting(kind) :] if due else []
        if unheard:
            self._broker.announce(kind, unheard)
            self._recorder.count(ANNOUNCED, kind, by=len(unheard))
        return len(unheard)

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            was_called = self._called.wait(SETTLED if self._cancelled else None)
            self._called.clear()
            try:
                if was_called:
                    self.announce()
                else:
                    self._revoke()
            except RaglanError as error:
                # The job that announces tasks tells of it, and makes up for it.
                log.debug("Workers were not told: %s", error.message)

    def _revoke(self) -> None:
        documents = [self._cancelled.popleft() for _ in range(len(self._cancelled))]
        with connection(self._database):
            task_ids = self._claims.cancelled(documents, LATELY_MS)
        if task_ids:
            self._broker.revoke(task_ids)
