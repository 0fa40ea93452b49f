"""What a web worker tells of itself, again and again, for metrics."""

import threading
import time

from api.container import Services
from api.db.connection import pool_use
from api.leases.elector import Elector
from api.observability.definitions import (
    DATABASE_POOL,
    DATABASE_POOL_LIMIT,
    HUB_DELAY,
    LEASE_HELD,
    REDIS_POOL,
)
from api.observability.process import ProcessFigures

SAMPLE_EVERY = 1.0
NAP = 0.25
"""How often the event loop is asked to wake somebody in time."""

ROLE = "web"


class Monitoring:
    """Runs in threads, which are greenlets in a web worker."""

    def __init__(self, services: Services, elector: Elector) -> None:
        """Initialize with the parts to ask."""
        self.services = services
        self.elector = elector
        # One each: of several greenlets that wait for one event with a timeout, gevent forgets to
        # wake one when the event is set in the moment in which their times are over.
        self._stopping = [threading.Event(), threading.Event()]
        self._threads = [
            threading.Thread(target=run, name=run.__name__, args=(stopping,), daemon=True)
            for run, stopping in zip(
                (self._sample, self._measure_delay), self._stopping, strict=True
            )
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop to record."""
        for stopping in self._stopping:
            stopping.set()
        for thread in self._threads:
            thread.join()

    def _sample(self, stopping: threading.Event) -> None:
        figures = ProcessFigures(self.services.recorder, ROLE)
        self._sample_parts()
        while not stopping.wait(SAMPLE_EVERY):
            figures.sample()
            self._sample_parts()

    def _sample_parts(self) -> None:
        recorder = self.services.recorder
        sample_database(self.services, ROLE)
        recorder.set(LEASE_HELD, self.elector.fence is not None)
        if (pool := self.services.lease.pool_use()) is not None:
            used, idle = pool
            recorder.set(REDIS_POOL, used, "in_use")
            recorder.set(REDIS_POOL, idle, "idle")

    def _measure_delay(self, stopping: threading.Event) -> None:
        recorder = self.services.recorder
        begun = time.perf_counter()
        while not stopping.wait(NAP):
            woken = time.perf_counter()
            recorder.observe(HUB_DELAY, max(0.0, woken - begun - NAP))
            begun = time.perf_counter()


def sample_database(services: Services, role: str) -> None:
    """Record how many connections to the database a process has."""
    used, idle = pool_use(services.database)
    services.recorder.set(DATABASE_POOL, used, role, "in_use")
    services.recorder.set(DATABASE_POOL, idle, role, "idle")
    services.recorder.set(DATABASE_POOL_LIMIT, services.settings.database.pool_size, role)
