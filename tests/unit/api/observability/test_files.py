"""Figures in files: added up over processes, kept when these die, read from any thread."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.config.sources import load_settings
from api.observability.definitions import (
    BYTES,
    CHUNKS,
    DATABASE_UP,
    HUB_DELAY,
    IN_FLIGHT,
    JOB_LAST_RUN,
    REQUESTS,
    TASKS,
    Definition,
    counter,
)
from api.observability.exposition import exposition
from api.observability.files import FileRecorder, open_recorder
from api.observability.folder import bury
from api.observability.recorder import NOTHING, Figures

Told = Callable[..., float | None]


def told(folder: Path, figures: Figures | None = None) -> Told:
    """Return what looks up a sample of the text that Prometheus would read."""
    text = exposition(folder, figures or {}).decode()
    samples = [
        sample for family in text_string_to_metric_families(text) for sample in family.samples
    ]

    def value(name: str, /, **labels: str) -> float | None:
        found = [item.value for item in samples if (item.name, item.labels) == (name, labels)]
        assert len(found) < 2, f"{name} is told twice"
        return found[0] if found else None

    return value


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Callable[[], FileRecorder]]:
    """Make recorders that are open until the end of the test."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(FileRecorder(tmp_path, "web")))


def test_counters_of_processes_are_added_up(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    first, second = living(), living()
    first.count(REQUESTS, "/a", "GET", "200")
    second.count(REQUESTS, "/a", "GET", "200", by=2)
    second.count(REQUESTS, "/b", "GET", "200")
    value = told(tmp_path)
    assert value("raglan_http_requests_total", route="/a", method="GET", status="200") == 3
    assert value("raglan_http_requests_total", route="/b", method="GET", status="200") == 1
    assert value("raglan_ingest_bytes_total") == 0


def test_values_of_a_distribution_fall_into_buckets(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    recorder = living()
    for seconds in (0.0005, 0.001, 0.002, 7.0):
        recorder.observe(HUB_DELAY, seconds)
    value = told(tmp_path)
    assert value("raglan_hub_delay_seconds_bucket", le="0.001") == 2
    assert value("raglan_hub_delay_seconds_bucket", le="0.0025") == 3
    assert value("raglan_hub_delay_seconds_bucket", le="1.0") == 3
    assert value("raglan_hub_delay_seconds_bucket", le="+Inf") == 4
    assert value("raglan_hub_delay_seconds_count") == 4
    assert value("raglan_hub_delay_seconds_sum") == pytest.approx(7.0035)


def test_gauges_are_added_up_or_the_largest_is_told(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    first, second = living(), living()
    first.count(IN_FLIGHT, by=3)
    second.count(IN_FLIGHT, by=2)
    second.count(IN_FLIGHT, by=-1)
    first.set(JOB_LAST_RUN, 100, "clean_up")
    second.set(JOB_LAST_RUN, 200, "clean_up")
    value = told(tmp_path)
    assert value("raglan_http_requests_in_flight") == 4
    assert value("raglan_job_last_run_timestamp_seconds", name="clean_up") == 200


def test_of_the_dead_counts_stay_and_gauges_go(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    living().count(CHUNKS, by=1)
    for _ in range(5):
        dead = FileRecorder(tmp_path, "worker")
        dead.count(CHUNKS, by=10)
        dead.count(IN_FLIGHT)
        dead.observe(HUB_DELAY, 2.0)
        dead.close()
    bury(tmp_path)
    assert len(list(tmp_path.glob("*_worker-*"))) == 0
    for _ in range(2):
        value = told(tmp_path)
        assert value("raglan_ingest_chunks_total") == 51
        assert value("raglan_hub_delay_seconds_count") == 5
        assert value("raglan_http_requests_in_flight") == 0


def test_without_a_folder_there_is_nothing_to_bury(tmp_path: Path) -> None:
    bury(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("step", ["summed", "decided", "replaced"])
def test_a_count_is_taken_in_once_wherever_that_was_broken_off(tmp_path: Path, step: str) -> None:
    earlier = FileRecorder(tmp_path, "web")
    earlier.count(CHUNKS, by=5)
    earlier.close()
    bury(tmp_path)
    dead = FileRecorder(tmp_path, "web")
    dead.count(CHUNKS, by=10)
    dead.close()
    assert broken_off(tmp_path, step) == 9
    assert told(tmp_path)("raglan_ingest_chunks_total") == 15
    assert told(tmp_path)("raglan_ingest_chunks_total") == 15


BREAK_OFF = """
import os, signal, sys
from pathlib import Path
from api.observability.folder import bury

asked = {"summed": ".taken", "decided": ".db", "replaced": ""}[sys.argv[2]]

def audit(event, arguments):
    # Python tells of what it is about to do; here it is killed before that.
    if event == "os.rename" and asked and str(arguments[1]).endswith("counter" + asked):
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "os.rename" and asked == ".db" and str(arguments[1]).endswith("counter_past.db"):
        os.kill(os.getpid(), signal.SIGKILL)
    if event == "os.remove" and not asked and str(arguments[0]).endswith("counter.taken"):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(audit)
bury(Path(sys.argv[1]))
"""


def broken_off(folder: Path, step: str) -> int:
    """Merge dead processes' files in one that is killed at a step; return its signal."""
    command = [sys.executable, "-c", BREAK_OFF, str(folder), step]
    return -subprocess.run(command, check=False, timeout=30).returncode


@pytest.mark.parametrize("damage", [b"", b"\xff" * 4096, b"\x00\x10" + b"\x00" * 4094])
def test_what_a_power_cut_has_damaged_is_forgotten(
    tmp_path: Path, living: Callable[[], FileRecorder], damage: bytes
) -> None:
    for name in ("counter_past.db", "histogram_past.db", "counter_web-1-a.db"):
        (tmp_path / name).write_bytes(damage)
    (tmp_path / "web-1-a.lock").touch()
    living().count(BYTES, by=3)
    assert told(tmp_path)("raglan_ingest_bytes_total") == 3


def test_figures_that_no_process_counts_are_told_beside(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    living()
    figures = {(DATABASE_UP, ()): 1.0, (TASKS, ("done",)): 7.0, (TASKS, ("dead",)): 2.0}
    value = told(tmp_path, figures)
    assert value("raglan_database_up") == 1
    assert value("raglan_tasks", state="done") == 7
    assert value("raglan_tasks", state="dead") == 2


def test_what_another_version_has_counted_is_left_out(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    other = living()
    other.count(counter("raglan_forgotten_total", "Was counted once."))
    other.count(BYTES, by=3)
    text = exposition(tmp_path, {}).decode()
    assert "forgotten" not in text
    assert "raglan_ingest_bytes_total 3.0" in text


def test_without_metrics_nothing_is_recorded_or_written(tmp_path: Path) -> None:
    environment = {"RAGLAN_DATA_DIR": str(tmp_path), "RAGLAN_METRICS__ENABLED": "false"}
    recorder = open_recorder(load_settings(environment), "web")
    recorder.count(BYTES)
    recorder.set(IN_FLIGHT, 1)
    recorder.observe(HUB_DELAY, 1)
    assert recorder is NOTHING
    assert list(tmp_path.iterdir()) == []


def test_what_finds_no_place_waits_in_memory_until_there_is_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "metrics"
    folder.write_text("in the way")
    recorder = open_recorder(load_settings({"RAGLAN_DATA_DIR": str(tmp_path)}), "web")
    assert isinstance(recorder, FileRecorder)
    with closing(recorder):
        recorder.count(BYTES, by=2)
        recorder.settle()
        assert told(folder, {(DATABASE_UP, ()): 1.0})("raglan_database_up") == 1
        assert told(folder)("raglan_ingest_bytes_total") is None
        folder.unlink()
        recorder.count(BYTES, by=3)
        recorder.settle()
        assert told(folder)("raglan_ingest_bytes_total") == 5
    assert caplog.text.count("wait in memory") == 1


HUB = """
from gevent import monkey; monkey.patch_all()
import sys
from pathlib import Path
import gevent
from gevent.monkey import get_original
from gevent.threadpool import ThreadPool
from api.observability.definitions import BYTES, HUB_DELAY
from api.observability.files import FileRecorder

recorder = FileRecorder(Path(sys.argv[1]), "web", get_original("threading", "Lock"))

def count():
    for _ in range(20_000):
        recorder.count(BYTES)
        recorder.observe(HUB_DELAY, 0.5)

pool = ThreadPool(3)
threads = [pool.spawn(count) for _ in range(3)]
count()
gevent.joinall(threads, raise_error=True)
"""


def test_threads_and_greenlets_may_record_at_once(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", HUB, str(tmp_path)], check=True, timeout=60)
    value = told(tmp_path)
    assert value("raglan_ingest_bytes_total") == 80_000
    assert value("raglan_hub_delay_seconds_count") == 80_000


def test_many_labels_outgrow_the_place_that_was_reserved(
    tmp_path: Path, living: Callable[[], FileRecorder]
) -> None:
    recorder = living()
    for number in range(2000):
        recorder.count(REQUESTS, f"/{number}", "GET", "200")
    recorder.count(REQUESTS, "/0", "GET", "200")
    value = told(tmp_path)
    assert value("raglan_http_requests_total", route="/1999", method="GET", status="200") == 1
    assert value("raglan_http_requests_total", route="/0", method="GET", status="200") == 2


def test_a_definition_is_told_apart_by_itself() -> None:
    made = Definition("raglan_x_total", "counter", "X.")
    assert made != Definition("raglan_x_total", "counter", "X.")
