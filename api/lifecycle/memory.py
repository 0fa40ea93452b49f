"""A web worker's memory: what is free goes back to the system, and too much is told."""

import ctypes
import logging
import os
import time
from collections.abc import Callable

from api.config.live import LiveSettings
from api.observability.process import resident_bytes

log = logging.getLogger("raglan")

GIVE_BACK_EVERY = 30.0
"""Seconds between two times that free memory is given back. Only glibc can be told to do so."""


_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None)


def give_back() -> None:
    """Return free memory to the system; under a millisecond, more where there is much."""
    if _TRIM is not None:
        _TRIM(0)


class Memory:
    """What this process holds, and how much it may hold by the settings."""

    def __init__(self, live: LiveSettings, clock: Callable[[], float] = time.monotonic) -> None:
        """Initialize with the memory that the process holds from its start."""
        self.live = live
        self.clock = clock
        self.given_back_at = clock()
        self.at_first = resident_bytes(os.getpid())
        self.refused = 0

    def give_back(self) -> None:
        """Return free memory to the system, unless that was done just now; under a millisecond.

        Searches take and free pieces of all sizes in several threads, and the C library keeps what
        is free between pieces in use: a worker under mixed load grew by a megabyte a minute.
        """
        if self.clock() - self.given_back_at >= GIVE_BACK_EVERY:
            give_back()
            self.given_back_at = self.clock()

    def exceeded(self) -> bool:
        """Return whether the process holds more than it may, and log it then."""
        limit = self.live.current.server.max_memory_bytes
        if not limit or limit == self.refused:
            return False
        if limit <= self.at_first:
            # A fresh worker would not do better: they would replace each other for ever.
            log.error("server.max_memory_bytes is less than the %d a worker needs.", self.at_first)
            self.refused = limit
            return False
        held = resident_bytes(os.getpid())
        if held > limit:
            log.info("Holding %d bytes of memory, this worker ends after its requests.", held)
        return held > limit
