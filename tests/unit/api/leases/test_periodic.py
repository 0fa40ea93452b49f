"""Jobs that are run again and again."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from api.leases.fencing import DeposedError
from api.leases.periodic import PeriodicJob, PeriodicJobs

PATIENCE = 20
TOKEN = 7


class Counted:
    """What a job does: counts its runs, and keeps the tokens that it got."""

    def __init__(self, error: Exception | None = None) -> None:
        """Begin with no run."""
        self.tokens: list[int] = []
        self.error = error

    def __call__(self, token: int) -> int:
        """Do something."""
        self.tokens.append(token)
        if self.error is not None:
            raise self.error
        return 3

    @property
    def runs(self) -> int:
        """Return how often it was run."""
        return len(self.tokens)


def job(name: str, run: Callable[[int], int], pause: float = 0.005) -> PeriodicJob:
    """Return a job that is run in quick succession."""
    return PeriodicJob(name, run, pause=pause, idle=pause)


@contextmanager
def running(
    jobs: Sequence[PeriodicJob],
    token: Callable[[], int | None] = lambda: TOKEN,
    deposed: Callable[[int], None] = lambda _newest: None,
) -> Iterator[PeriodicJobs]:
    """Run jobs for a `with` block."""
    periodic = PeriodicJobs(jobs, token, deposed)
    periodic.start()
    try:
        yield periodic
    finally:
        periodic.stop()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_jobs_are_run_again_and_again_under_the_token() -> None:
    counted = Counted()
    with running([job("count", counted)]) as periodic:
        wait_until(lambda: counted.runs >= 3)

    assert set(counted.tokens) == {TOKEN}
    record = periodic.records["count"]
    assert record.runs >= 3
    assert (record.failures, record.last_result) == (0, "did 3")
    assert record.last_run > 1_600_000_000
    assert record.last_seconds >= 0


def test_jobs_wait_for_a_token() -> None:
    tokens: list[int | None] = [None]
    counted, asked = Counted(), threading.Event()

    def token() -> int | None:
        asked.set()
        return tokens[-1]

    with running([job("count", counted)], token) as periodic:
        assert asked.wait(PATIENCE)
        assert (counted.runs, periodic.records["count"].runs) == (0, 0)
        tokens.append(5)
        wait_until(lambda: counted.runs > 0)

    assert set(counted.tokens) == {5}


def test_a_job_that_fails_is_logged_and_run_again(caplog: pytest.LogCaptureFixture) -> None:
    failing, other = Counted(ValueError("broken")), Counted()
    with running([job("fail", failing), job("other", other)]) as periodic:
        wait_until(lambda: failing.runs >= 3 and other.runs >= 3)

    record = periodic.records["fail"]
    assert record.failures >= 3
    assert record.last_result == "failed: broken"
    assert periodic.records["other"].failures == 0
    assert caplog.text.count("The job fail failed and is run again: broken") == 1
    assert caplog.text.count("ValueError: broken") == 1


def test_a_deposed_job_breaks_off_without_having_failed(caplog: pytest.LogCaptureFixture) -> None:
    deposed = Counted(DeposedError("x", 9))
    told: list[int] = []
    with running([job("write", deposed)], deposed=told.append) as periodic:
        wait_until(lambda: bool(told))

    assert set(told) == {9}
    assert periodic.records["write"].failures == 0
    said = periodic.records["write"].last_result
    assert said == "broke off: The lease x has another holder by now."
    assert "Traceback" not in caplog.text


def test_a_job_that_hangs_does_not_stop_the_others() -> None:
    hanging, end = threading.Event(), threading.Event()

    def hang(_token: int) -> int:
        hanging.set()
        end.wait(PATIENCE)
        return 0

    counted = Counted()
    with running([job("hang", hang), job("count", counted)]) as periodic:
        assert hanging.wait(PATIENCE)
        seen = counted.runs
        wait_until(lambda: counted.runs >= seen + 3)
        assert periodic.records["hang"].runs == 1
        end.set()


def test_a_job_with_nothing_to_do_rests_longer() -> None:
    quiet, busy = Counted(), Counted()
    jobs = [
        PeriodicJob("quiet", lambda token: quiet(token) * 0, pause=0.005, idle=3600),
        PeriodicJob("busy", busy, pause=0.005, idle=3600),
    ]
    with running(jobs):
        wait_until(lambda: quiet.runs > 0 and busy.runs >= 10)

    assert quiet.runs == 1


def test_a_job_that_wakes_rests_no_longer_than_until_there_is_something_to_do() -> None:
    quiet, other = Counted(), Counted()
    jobs = [
        PeriodicJob("wakes", lambda token: quiet(token) * 0, 0.005, idle=3600, wakes=True),
        PeriodicJob("sleeps", lambda token: other(token) * 0, 0.005, idle=3600),
    ]
    with running(jobs) as periodic:
        wait_until(lambda: quiet.runs == 1 and other.runs == 1)
        for runs in (2, 3):
            periodic.wake()
            wait_until(lambda expected=runs: quiet.runs == expected)

    assert other.runs == 1


def test_a_job_that_is_woken_all_the_time_has_its_pauses() -> None:
    quiet, clock = Counted(), Counted()
    jobs = [
        PeriodicJob("wakes", lambda token: quiet(token) * 0, 3600, idle=7200, wakes=True),
        job("clock", clock),
    ]
    with running(jobs) as periodic:
        wait_until(lambda: quiet.runs == 1)
        seen = clock.runs
        while clock.runs < seen + 10:
            periodic.wake()

    assert quiet.runs == 1


def test_no_run_begins_after_the_stop() -> None:
    counted = Counted()
    with running([job("count", counted)]):
        wait_until(lambda: counted.runs > 0)
    wait_until(lambda: all(thread.name != "count" for thread in threading.enumerate()))
    runs = counted.runs

    clock = Counted()
    with running([job("clock", clock)]):
        wait_until(lambda: clock.runs >= 5)

    assert counted.runs == runs
