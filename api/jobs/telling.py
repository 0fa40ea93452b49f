"""What a web worker warns of, told to all others, again and again."""

import logging
import threading

from api.errors import UnavailableError
from api.logs import Spell
from api.services.operations.reports import Reports
from api.services.operations.warned import Warned

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two looks at whether there is something new."""

JOIN_SECONDS = 5.0
"""For so long the end may wait for a report that is being written."""


class Telling:
    """Runs in a thread, which is a greenlet in a web worker."""

    def __init__(self, reports: Reports, name: str) -> None:
        """Initialize with the place of the report, and the name of the worker."""
        self._warned = Warned(reports, name)
        self._trouble = Spell(log)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="warnings", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Tell the last ones, and end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(JOIN_SECONDS)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            self._tell()
        self._tell()

    def _tell(self) -> None:
        try:
            self._warned.tell()
        except UnavailableError as error:
            self._trouble.begin("The warnings of this worker are not told to others", error)
        else:
            self._trouble.end("The warnings of this worker are told to others again.")
