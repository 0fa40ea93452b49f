"""Jobs that the holder of the lease runs again and again, each in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A job; `run` returns how much it did. Pauses are in seconds, `idle` after it did nothing."""

    name: str
    run: Callable[[], int]
    pause: float
    idle: float


@dataclass(slots=True)
class JobRecord:
    """What is known of a job's runs in this process; `last_run` is in seconds since the epoch."""

    runs: int = 0
    failures: int = 0
    last_run: float = 0.0
    last_seconds: float = 0.0
    last_result: str = ""


class PeriodicJobs:
    """Runs jobs while `may_run` says so; one that hangs does not stop the others."""

    def __init__(self, jobs: Sequence[PeriodicJob], may_run: Callable[[], bool]) -> None:
        """Remember the jobs."""
        self.jobs = jobs
        self.may_run = may_run
        self.records = {job.name: JobRecord() for job in jobs}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin; jobs run once `may_run` allows it."""
        for job in self.jobs:
            threading.Thread(target=self._repeat, args=(job,), name=job.name, daemon=True).start()

    def stop(self) -> None:
        """Begin no further run; one that is under way goes on."""
        self._stopping.set()

    def _repeat(self, job: PeriodicJob) -> None:
        pause = job.pause
        while not self._stopping.wait(pause):
            pause = job.pause
            if self.may_run():
                done = self._run_once(job)
                pause = job.pause if done else job.idle

    def _run_once(self, job: PeriodicJob) -> int:
        record = self.records[job.name]
        record.runs += 1
        record.last_run = time.time()
        begun = time.perf_counter()
        done = 0
        try:
            done = job.run()
            record.last_result = f"did {done}"
        except Exception as error:
            # A job must outlive its own defects: it is logged, counted, and run again.
            record.failures += 1
            record.last_result = f"failed: {error}"
            log.exception("The job %s failed and is run again.", job.name)
        record.last_seconds = time.perf_counter() - begun
        return done
