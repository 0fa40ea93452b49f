"""Jobs that the holder of the lease runs again and again, each in a thread of its own."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.errors import UnavailableError
from api.leases.fencing import DeposedError
from api.logs import Spell
from api.observability.definitions import JOB_LAST_RUN, JOB_RUNS, JOB_SECONDS
from api.observability.recorder import NOTHING, Recorder

log = logging.getLogger(__name__)

LOOK_FOR_TOKEN = 0.5
"""Seconds between two looks at whether this process may run jobs: who takes over begins soon."""


@dataclass(frozen=True, slots=True)
class PeriodicJob:
    """A job; `run` takes the fencing token that it is run under and returns how much it did.

    Pauses are in seconds, `idle` after it did nothing; one that `wakes` ends when somebody says
    that there is something to do.
    """

    name: str
    run: Callable[[int], int]
    pause: float
    idle: float
    wakes: bool = False


@dataclass(slots=True)
class JobRecord:
    """What is known of a job's runs in this process; `last_run` is in seconds since the epoch."""

    runs: int = 0
    failures: int = 0
    last_run: float = 0.0
    last_seconds: float = 0.0
    last_result: str = ""


class PeriodicJobs:
    """Runs jobs while there is a token to run them under; one that hangs stops no other."""

    def __init__(
        self,
        jobs: Sequence[PeriodicJob],
        token: Callable[[], int | None],
        deposed: Callable[[int], None],
        recorder: Recorder = NOTHING,
    ) -> None:
        """Initialize with the jobs; `token` returns None while they may not run.

        `deposed` is told the newer token when a write was refused.
        """
        self.recorder = recorder
        for job in jobs:
            recorder.count(JOB_RUNS, job.name, "failed", by=0)  # the first failure is an increase
        self.jobs = jobs
        self.token = token
        self.deposed = deposed
        self.records = {job.name: JobRecord() for job in jobs}
        self._troubles = {job.name: Spell(log) for job in jobs}
        self._stopping = threading.Event()
        self._woken = {job.name: threading.Event() for job in jobs}

    def start(self) -> None:
        """Begin; jobs run once there is a token."""
        for job in self.jobs:
            threading.Thread(target=self._repeat, args=(job,), name=job.name, daemon=True).start()

    def stop(self) -> None:
        """Begin no further run; one that is under way goes on."""
        self._stopping.set()
        self.wake()

    def wake(self) -> None:
        """Signal that there is something to do."""
        for woken in self._woken.values():
            woken.set()

    def _repeat(self, job: PeriodicJob) -> None:
        waiting = min(LOOK_FOR_TOKEN, job.pause)
        pause = waiting
        while self._rest(job, pause):
            pause = waiting
            token = self.token()
            if token is not None:
                done = self._run_once(job, token)
                pause = job.pause if done else job.idle

    def _rest(self, job: PeriodicJob, pause: float) -> bool:
        """Wait; false at the end. However often a job is woken, it has its short pause."""
        short = min(pause, job.pause)
        woken = self._woken[job.name] if job.wakes else self._stopping
        if not self._stopping.wait(short) and pause > short:
            woken.wait(pause - short)
        if job.wakes:
            woken.clear()
        return not self._stopping.is_set()

    def _run_once(self, job: PeriodicJob, token: int) -> int:
        record = self.records[job.name]
        record.runs += 1
        record.last_run = time.time()
        begun = time.perf_counter()
        done = 0
        outcome = "done"
        try:
            done = job.run(token)
            record.last_result = f"did {done}"
            self._troubles[job.name].end(f"The job {job.name} runs again.")
        except DeposedError as error:
            outcome = "deposed"
            record.last_result = f"broke off: {error}"
            log.warning("The job %s broke off: %s", job.name, error)
            self.deposed(error.newest)
        except Exception as error:  # noqa: BLE001 - it is told, with its traceback
            # A job must outlive its own defects: it is logged, counted, and run again.
            outcome = "failed"
            record.failures += 1
            record.last_result = f"failed: {error}"
            self._troubles[job.name].begin(
                f"The job {job.name} failed and is run again",
                error,
                is_defect=not isinstance(error, UnavailableError),
            )
        record.last_seconds = time.perf_counter() - begun
        self.recorder.count(JOB_RUNS, job.name, outcome)
        self.recorder.observe(JOB_SECONDS, record.last_seconds, job.name)
        self.recorder.set(JOB_LAST_RUN, record.last_run, job.name)
        return done
