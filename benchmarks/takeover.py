"""How soon the background work moves when its holder is killed, told to stop, or paused.

Two web workers compete for a lease in the database, and then for one in Redis. The clock runs from
the signal to the moment at which another worker has the lease; killed and paused holders keep it
to its end, one that is told to stop gives it back.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from common import free_port, print_table, running_server
from tqdm import tqdm

from api.config.sources import load_settings
from api.container import build
from api.leases.base import LeaseLock
from rag.types import run_inline

ROUNDS = 5
TTL = 3.0
PATIENCE = 60
SIGNALS = {"kill -9": signal.SIGKILL, "TERM": signal.SIGTERM, "STOP, then CONT": signal.SIGSTOP}


@contextmanager
def redis_url() -> Iterator[str]:
    """Run Redis for a `with` block."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        process = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.kill()
            process.wait()


def holder_of(lease: LeaseLock) -> int:
    """Return the process that has a lease; 0 if nobody has it."""
    return int(lease.holder().rpartition(":")[2] or 0)


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("Nobody has taken over.")
        time.sleep(0.005)


def takeover_seconds(lease: LeaseLock, number: int) -> float:
    """Send the holder a signal; return the seconds until another worker has the lease."""
    wait_for(lambda: holder_of(lease) > 0)
    # The other worker may just be starting, in place of one that was ended before; and the signal
    # must come at any moment between two renewals.
    time.sleep(TTL + int.from_bytes(os.urandom(1)) / 256)
    holder = holder_of(lease)
    os.kill(holder, number)
    begun = time.perf_counter()
    wait_for(lambda: holder_of(lease) not in {0, holder})
    seconds = time.perf_counter() - begun
    if number == signal.SIGSTOP:
        os.kill(holder, signal.SIGCONT)
    return seconds


def measure(place: str, settings: dict[str, str], count: int) -> list[list[object]]:
    """Return a row of the table per signal, for a lease in one place."""
    rows: list[list[object]] = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = {"RAGLAN_LEASE__TTL": str(TTL), "RAGLAN_WORKER__PROCESSES": "0", **settings}
        with running_server(data, **settings):
            lease = build(
                load_settings({"RAGLAN_DATA_DIR": str(data), **settings}), run_inline
            ).lease
            for name, number in SIGNALS.items():
                rounds = tqdm(range(count), desc=f"{place}, {name}")
                times = sorted(takeover_seconds(lease, number) for _ in rounds)
                shown = (times[0], times[len(times) // 2], times[-1])
                limit = (
                    "0.5 s + the worker's end" if number == signal.SIGTERM else f"{TTL + 1:.0f} s"
                )
                rows.append([place, name, *(f"{value:.2f} s" for value in shown), limit])
    return rows


def main() -> None:
    """Measure and print a table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    rows = measure("database (SQLite)", {}, count)
    with redis_url() as url:
        rows += measure("Redis", {"RAGLAN_REDIS__URL": url}, count)
    print_table(rows, ["lease in", "the holder gets", "least", "median", "most", "limit"])


if __name__ == "__main__":
    main()
