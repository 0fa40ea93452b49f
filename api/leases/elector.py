"""The elector: competes for a lease, holds it while it can, and knows when it must not act."""

import logging
import threading
import time

from api.errors import UnavailableError
from api.leases.base import LeaseLock
from api.logs import Spell
from api.observability.definitions import TAKEOVERS
from api.observability.recorder import NOTHING, Recorder

log = logging.getLogger(__name__)

LONGEST_LOOK = 0.5
"""Seconds between two looks at a lease that somebody else has: a long lease ends as abruptly."""


class Elector:
    """Runs in a thread of its own, a greenlet where threads are patched."""

    def __init__(
        self,
        lease: LeaseLock,
        owner: str,
        ttl: float,
        renewals: int = 3,
        step_down: float = 0.8,
        recorder: Recorder = NOTHING,
    ) -> None:
        """Initialize with the lease; `ttl` is in seconds, in which it is renewed so many times.

        After the part `step_down` of it, a holder that could not renew takes itself for deposed.
        """
        self.recorder = recorder
        self.lease = lease
        self.owner = owner
        self.ttl = ttl
        self._every = ttl / renewals
        self._trusted = ttl * step_down
        self._fence: int | None = None
        self._newest = 0
        self._renewed = 0.0
        self._trouble = Spell(log)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="elector", daemon=True)

    @property
    def fence(self) -> int | None:
        """Return the fencing token while the lease is surely held, else None."""
        fence = self._fence
        outdated = time.monotonic() - self._renewed >= self._trusted
        return None if fence is None or fence < self._newest or outdated else fence

    def start(self) -> None:
        """Begin to compete."""
        self._thread.start()

    def step_down(self, newest: int) -> None:
        """Release the lease unless it is held under a token greater than `newest`."""
        self._newest = max(self._newest, newest)

    def stop(self) -> None:
        """Stop competing and give the lease back."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(self.ttl)
        fence, self._fence = self._fence, None
        if fence is not None:
            try:
                self.lease.release(self.owner, fence)
            except UnavailableError as error:
                log.warning("The lease could not be given back, and runs out instead: %s", error)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._compete()
            except UnavailableError as error:
                self._trouble.begin("The lease could not be asked for", error)
            except Exception as error:  # noqa: BLE001 - it is told, with its traceback
                # Without this thread the process would never compete again.
                self._trouble.begin("The lease could not be asked for", error, is_defect=True)
            else:
                self._trouble.end("The lease can be asked for again.")
            holding = self._fence is not None
            self._stopping.wait(self._every if holding else min(self._every, LONGEST_LOOK))

    def _compete(self) -> None:
        # What is held counts from before the call: the answer may come late.
        now = time.monotonic()
        if self._fence is not None and self._fence < self._newest:
            self.lease.release(self.owner, self._fence)
            self._fence = None
        if self._fence is None:
            self._fence = self.lease.acquire(self.owner, self.ttl, above=self._newest)
            if self._fence is not None:
                self._renewed = now
                self.recorder.count(TAKEOVERS)
                log.info("%s holds the lease now, with token %d.", self.owner, self._fence)
        elif self.lease.renew(self.owner, self._fence, self.ttl):
            self._renewed = now
        else:
            log.warning("%s has lost the lease with token %d.", self.owner, self._fence)
            self._fence = None
