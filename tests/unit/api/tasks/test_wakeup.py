"""Waking the workers of a machine."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from api.tasks.wakeup import Wakeup

NEVER = 3600.0


@pytest.fixture
def wakeup(tmp_path: Path) -> Wakeup:
    """Wake workers in a folder whose path is longer than a socket's address may be."""
    return Wakeup(tmp_path / ("deep" * 30) / "wakeup")


def test_a_call_before_the_waiting_is_heard(wakeup: Wakeup) -> None:
    with wakeup.alarm() as alarm:
        wakeup.wake()
        wakeup.wake()
        assert alarm.wait(NEVER)


def test_a_call_ends_the_waiting(wakeup: Wakeup) -> None:
    with wakeup.alarm() as alarm, ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(alarm.wait, NEVER)
        while not waiting.running():
            pass
        wakeup.wake()
        assert waiting.result()


def test_calls_that_were_heard_are_forgotten(wakeup: Wakeup) -> None:
    with wakeup.alarm() as alarm:
        for _ in range(3000):  # more than a socket keeps
            wakeup.wake()
        assert alarm.wait(NEVER)
        assert not alarm.wait(0)


def test_nobody_need_be_there(wakeup: Wakeup, tmp_path: Path) -> None:
    wakeup.wake()
    with wakeup.alarm():
        pass
    wakeup.wake()

    assert list(tmp_path.rglob("*.wake")) == []


def test_what_a_killed_worker_has_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "4711.wake"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as dead:
        dead.bind(str(path))
    assert path.exists()

    Wakeup(tmp_path).wake()

    assert not path.exists()


def test_a_worker_with_the_id_of_a_killed_one_can_wait(tmp_path: Path) -> None:
    wakeup = Wakeup(tmp_path)
    with wakeup.alarm():
        [path] = tmp_path.glob("*.wake")
    path.write_text("in the way")

    with wakeup.alarm() as alarm:
        wakeup.wake()
        assert alarm.wait(NEVER)


def test_a_worker_that_cannot_be_found_waits_nevertheless(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    wakeup = Wakeup(tmp_path / "file")

    with wakeup.alarm() as alarm:
        wakeup.wake()
        assert not alarm.wait(0)
