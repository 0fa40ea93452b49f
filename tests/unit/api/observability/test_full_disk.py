"""Figures on a disk that is full: nobody is ended by it, and nothing that was counted is lost."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.observability.definitions import BYTES, CHUNKS, counter
from api.observability.exposition import exposition
from api.observability.files import FileRecorder
from api.observability.folder import bury
from tests.disks import SmallDisk, small_disk
from tests.running import ROOT


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=4) as mounted:
        yield mounted


GROWS = """
from api.observability.definitions import BYTES, counter
from tests.disks import SmallDisk
recorder = FileRecorder(folder, "web")
disk = SmallDisk(folder.parent)
disk.fill()
for number in range(400):
    recorder.count(counter(f"raglan_{number}_total", "x" * 500))
recorder.count(BYTES, by=7)
disk.make_room()
recorder.settle()
assert b"raglan_ingest_bytes_total 7.0" in exposition(folder, {})
"""


def in_a_process_of_its_own(folder: Path, statement: str) -> subprocess.CompletedProcess[str]:
    """Run a statement; SIGBUS would end this process."""
    lines = (
        "import sys; from pathlib import Path",
        "from api.observability.exposition import exposition",
        "from api.observability.files import FileRecorder",
        "from api.observability.folder import bury",
        "folder = Path(sys.argv[1])",
        statement,
    )
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines), folder],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    "statement",
    [
        "bury(folder)",
        "assert b'raglan_ingest_bytes_total 3.0' in exposition(folder, {})",
        "FileRecorder(folder, 'web').close()",
    ],
    ids=["the master", "who answers /metrics", "a process that starts"],
)
def test_a_death_on_a_full_disk_ends_nobody_else(disk: SmallDisk, statement: str) -> None:
    folder = disk.folder / "metrics"
    dead = FileRecorder(folder, "web")
    dead.count(BYTES, by=3)
    dead.close()
    for gauges in folder.glob("gauge_*"):
        gauges.unlink()  # what others would take at once
    disk.fill()

    ended = in_a_process_of_its_own(folder, statement)

    assert ended.returncode == 0, (signal.strsignal(-ended.returncode), ended.stderr)
    disk.make_room()
    bury(folder)
    assert b"raglan_ingest_bytes_total 3.0" in exposition(folder, {})
    assert [path.name for path in folder.glob("*_web-*")] == []


def test_a_process_that_began_on_a_full_disk_tells_when_there_is_room(
    disk: SmallDisk, caplog: pytest.LogCaptureFixture
) -> None:
    folder = disk.folder / "metrics"
    disk.fill()
    with closing(FileRecorder(folder, "web")) as recorder:
        recorder.count(BYTES, by=2)
        recorder.settle()
        assert b"raglan_ingest_bytes_total" not in exposition(folder, {})
        disk.make_room()
        recorder.count(BYTES)
        recorder.settle()
        assert b"raglan_ingest_bytes_total 3.0" in exposition(folder, {})
    assert not list(folder.glob("*.reserved"))
    assert caplog.text.count("wait in memory for a place") == 1


def test_a_file_that_grows_on_a_full_disk_ends_nobody(disk: SmallDisk) -> None:
    folder = disk.folder / "metrics"
    ended = in_a_process_of_its_own(folder, GROWS)
    assert ended.returncode == 0, (signal.strsignal(-ended.returncode), ended.stderr)


def test_what_no_longer_grows_goes_on_being_counted(disk: SmallDisk) -> None:
    folder = disk.folder / "metrics"
    with closing(FileRecorder(folder, "web")) as recorder:
        disk.fill()
        recorder.count(BYTES, by=5)
        for number in range(400):
            recorder.count(counter(f"raglan_made_{number}_total", "x" * 500))
        recorder.count(CHUNKS, by=6)
        told = exposition(folder, {})
    assert b"raglan_ingest_bytes_total 5.0" in told
    assert b"raglan_ingest_chunks_total 6.0" in told
