"""What a server costs that nobody asks anything: CPU time of each of its processes.

The reference of the same run is a bare gunicorn with two gevent workers. The parts are told apart
by role; what the web workers use beyond the bare server is what their background greenlets cost.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager

import psutil
from common import HELLO, Running, bare_server, print_table, running_server
from tqdm import tqdm

SETTLE_SECONDS = 8
SECONDS = 30
BUDGET = 1.0
"""Percent of a core that the background greenlets of all web workers may take."""


def role(process: psutil.Process, parents: set[int]) -> str:
    """Return what a process of the tree is there for."""
    words = " ".join(process.cmdline())
    if "gunicorn" in words:
        return "gunicorn master" if process.pid in parents else "web worker"
    names = {"api.worker": "ingest worker", "rag.ingestion": "parser", "entrypoint": "supervisor"}
    return next((name for word, name in names.items() if word in words), process.name())


def cpu_seconds(pid: int) -> dict[int, tuple[str, float]]:
    """Return role and CPU seconds so far of a process and its descendants, by process id."""
    top = psutil.Process(pid)
    tree = [top, *top.children(recursive=True)]
    parents = {item.ppid() for item in tree}
    times = {item.pid: item.cpu_times() for item in tree}
    return {
        item.pid: (role(item, parents), times[item.pid].user + times[item.pid].system)
        for item in tree
    }


def percent_by_process(
    start: Callable[[], AbstractContextManager[Running]], seconds: float
) -> list[tuple[str, float]]:
    """Return each process's role and percent of a core, while nobody asks anything."""
    with start() as server:
        time.sleep(SETTLE_SECONDS)
        before = cpu_seconds(server.pid)
        for _ in tqdm(range(round(seconds)), desc="idle"):
            time.sleep(1)
        after = cpu_seconds(server.pid)
    used: dict[str, list[float]] = defaultdict(list)
    for number, (name, total) in after.items():
        used[name].append((total - before.get(number, (name, 0.0))[1]) / seconds * 100)
    return [(name, value) for name in sorted(used) for value in sorted(used[name])]


def main() -> None:
    """Measure and print a table; ends with status 1 when the server is over its budget."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    ours = percent_by_process(running_server, seconds)
    bare = percent_by_process(lambda: bare_server(HELLO, workers=2), seconds)
    whole, reference = sum(value for _, value in ours), sum(value for _, value in bare)
    rows = [[name, f"{value:.2f} %", ""] for name, value in ours]
    greenlets = sum(value for name, value in ours if name == "web worker") - reference
    rows.append(["whole tree", f"{whole:.2f} %", ""])
    rows.append(["bare gunicorn, two workers", f"{reference:.2f} %", ""])
    rows.append(["background greenlets", f"{greenlets:.2f} %", f"{BUDGET:.0f} %"])
    print_table(rows, ["idle", "of a core", "budget"])
    if greenlets > BUDGET:
        sys.exit("The background greenlets take more than their budget.")


if __name__ == "__main__":
    main()
