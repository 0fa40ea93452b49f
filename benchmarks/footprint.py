"""What a server's processes hold: proportional memory and file descriptors, by role, over time.

Growth is told by the anonymous part of the memory, which is the processes' own. The rest of the
proportional memory, code for the most part, rises and falls as other programs that share it, the
clients among them, come and go.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression

import psutil
from common import print_table
from idle import role

MEGABYTE = 1e6
WHOLE = "whole tree"


@dataclass(frozen=True)
class Held:
    """What some processes hold: bytes of proportional memory (PSS), of those anonymous; files."""

    memory: int = 0
    anonymous: int = 0
    files: int = 0
    count: int = 0

    def __add__(self, other: "Held") -> "Held":
        """Return what both hold together."""
        return Held(
            self.memory + other.memory,
            self.anonymous + other.anonymous,
            self.files + other.files,
            self.count + other.count,
        )


@dataclass(frozen=True)
class Sample:
    """What the processes of each role hold at a moment, in seconds since the watch began."""

    moment: float
    held: Mapping[str, Held]


def held_by_role(pid: int) -> dict[str, Held]:
    """Return what a process and its descendants hold, by role and together."""
    top = psutil.Process(pid)
    tree = [top, *top.children(recursive=True)]
    parents = {item.ppid() for item in tree}
    found: dict[str, Held] = defaultdict(Held)
    for item in tree:
        try:
            held = held_by(item)
            found[role(item, parents)] += held
        except (psutil.Error, OSError, LookupError):
            continue  # a parser process that was just replaced
        found[WHOLE] += held
    return dict(found)


def held_by(process: psutil.Process) -> Held:
    """Return what one process holds."""
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
    sizes = {name: int(size) << 10 for name, size, _ in map(str.split, lines)}
    return Held(sizes["Pss:"], sizes["Pss_Anon:"], process.num_fds(), 1)


@dataclass
class Watch:
    """Samples what a server's processes hold, from its start to the end of the `with` block."""

    pid: int
    interval: float = 5.0
    samples: list[Sample] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    def take(self) -> None:
        """Take a sample."""
        moment = time.monotonic() - self.begun
        self.samples.append(Sample(moment, held_by_role(self.pid)))

    @contextmanager
    def running(self) -> Iterator["Watch"]:
        """Sample now and then on a thread of its own, and at the end."""
        ended = threading.Event()

        def keep_on() -> None:
            while not ended.wait(self.interval):
                self.take()

        thread = threading.Thread(target=keep_on)
        self.take()
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()
            self.take()

    def of(self, name: str) -> list[tuple[float, Held]]:
        """Return what the processes of a role held, over time."""
        return [(item.moment, item.held.get(name, Held())) for item in self.samples]

    def growth(self, name: str) -> float:
        """Return by how many megabytes of its own a role grew a minute in the second half."""
        points = self.of(name)
        later = points[len(points) // 2 :]
        slope, _ = linear_regression(
            [moment for moment, _ in later], [held.anonymous for _, held in later]
        )
        return float(slope) * 60 / MEGABYTE


def print_footprint(watch: Watch, roles: Sequence[str], budget: float) -> bool:
    """Print memory and descriptors of each role, minute by minute; tell if growth is in budget."""
    end = watch.samples[-1].moment
    minutes = [0.0, *(60.0 * number for number in range(1, round(end / 60)))]
    heads = [f"{minute / 60:.0f} min" for minute in minutes]
    rows = []
    for name in roles:
        points = watch.of(name)
        shown = [nearest(points, minute) for minute in minutes]
        first, last = points[0][1], points[-1][1]
        own = f"{first.anonymous / MEGABYTE:.1f} / {last.anonymous / MEGABYTE:.1f}"
        cells = [f"{held.memory / MEGABYTE:.1f}" for held in [*shown, last]]
        growth = f"{watch.growth(name):+.2f}"
        rows.append([name, *cells, own, growth, f"{first.files} / {last.files}"])
    beside = ["own, start / end", "own, growth a minute", "descriptors, start / end"]
    print_table(rows, ["PSS in MB", *heads, "end", *beside])
    within = watch.growth(WHOLE) <= budget
    print(
        f"Own memory of the whole tree, second half: {watch.growth(WHOLE):+.2f} MB a minute,"
        f" budget {budget:.2f}: {'kept' if within else 'MISSED'}."
    )
    return within


def nearest(points: Sequence[tuple[float, Held]], moment: float) -> Held:
    """Return what was held at the sample nearest to a moment."""
    return min(points, key=lambda point: abs(point[0] - moment))[1]
