"""Events that go from one process of a machine to another."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

SENDER = """
from gevent import monkey; monkey.patch_all()
import sys, time
from pathlib import Path
from api.http.neighbours import Neighbours

own = Neighbours(Path(sys.argv[1]), int(sys.argv[2]))
for number in range(500):
    own._publish({"number": number, "text": "x" * 1000})
print("sent", flush=True)
time.sleep(600)
"""
"""A process that tells 500 events at once, and lives until it is ended."""

HEARER = """
from gevent import monkey; monkey.patch_all()
import json, sys
from pathlib import Path
from api.http.neighbours import Neighbours

own, found = Neighbours(Path(sys.argv[1])), []
own.missed = lambda since: print(json.dumps([*found, -1]), flush=True)
print("there", flush=True)
sys.stdin.readline()
for text in own._listen():
    found.append(json.loads(text)["number"])
    if found[-1] == 499:
        print(json.dumps(found), flush=True)
"""
"""A process that reads nothing until it is told to; what it hears, with -1 for a gap."""


class Process:
    """A process of one of these programs."""

    def __init__(self, program: str, *given: object) -> None:
        """Start it."""
        self.running = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        """Return what it says next."""
        assert self.running.stdout is not None
        return self.running.stdout.readline().strip()

    def go_on(self) -> None:
        """Let it go on."""
        assert self.running.stdin is not None
        self.running.stdin.write("\n")
        self.running.stdin.flush()

    def end(self) -> None:
        """End it."""
        self.running.kill()
        self.running.communicate()


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    """Yield what ends processes."""
    with ExitStack() as stack:
        yield stack


def heard_from(ending: ExitStack, folder: Path, most_waiting: int) -> list[int]:
    """Return what one process hears of another that has told all before it reads."""
    hearer = Process(HEARER, folder)
    ending.callback(hearer.end)
    assert hearer.line() == "there"
    sender = Process(SENDER, folder, most_waiting)
    ending.callback(sender.end)
    assert sender.line() == "sent"
    hearer.go_on()
    found: list[int] = json.loads(hearer.line())
    return found


def test_no_event_is_lost_on_the_way_to_a_process_that_is_busy(
    ending: ExitStack, tmp_path: Path
) -> None:
    heard = heard_from(ending, tmp_path / ("x" * 120), 1 << 20)
    assert heard == list(range(500))


def test_a_process_that_does_not_read_for_long_is_told_that_it_missed_something(
    ending: ExitStack, tmp_path: Path
) -> None:
    *heard, last = heard_from(ending, tmp_path, 20_000)
    assert last == -1
    assert heard == list(range(len(heard)))
    assert len(heard) < 500
