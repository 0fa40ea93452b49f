"""What tracing costs a request: CPU and memory of the web workers, traced in several ways.

The request is the list of 10 datasets with a key. Servers take turns in one run, so that a noisy
machine disturbs all of them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from common import ROOT, Api, Running, free_port, print_table, running_server
from loading import put_load, web_workers
from tqdm import tqdm

ROUNDS = 5
SECONDS = 4
CONNECTIONS = 16
DATASETS = 10
SAMPLES = "10"


@contextmanager
def collector() -> Iterator[str]:
    """Run the collector of the tests, which keeps what it gets in a file."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "segments"
        command = [sys.executable, str(ROOT / "tests" / "collector.py"), str(port), str(file)]
        process = subprocess.Popen(command)
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait()


def variables(address: str) -> dict[str, dict[str, str]]:
    """Return the environments that are compared, the reference first."""
    where = "SW_AGENT_COLLECTOR_BACKEND_SERVICES"
    return {
        "no tracing": {},
        "every request": {where: address},
        f"{SAMPLES} samples in 3 s": {where: address, "SW_SAMPLE_N_PER_3_SECS": SAMPLES},
        "every request, collector away": {where: f"127.0.0.1:{free_port()}"},
    }


def megabytes(server: Running) -> float:
    """Return what a web worker takes, on average, shared pages counted in part."""
    workers = web_workers(server.pid)
    return sum(worker.memory_full_info().pss for worker in workers) / len(workers) / 1e6


def main() -> None:
    """Measure all in turns and print a table."""
    with ExitStack() as stack:
        ways = variables(stack.enter_context(collector()))
        servers = {name: stack.enter_context(running_server(**way)) for name, way in ways.items()}
        for server in servers.values():
            for number in range(DATASETS):
                Api(server.url, server.key).call(
                    "POST", "/datasets", json={"name": f"dataset {number}"}
                )
        spent: dict[str, list[float]] = {name: [] for name in servers}
        for _ in tqdm(range(ROUNDS), desc="tracing"):
            for name, server in servers.items():
                key = {"Authorization": f"Bearer {server.key}"}
                url = f"{server.url}/api/v1/datasets"
                spent[name].append(put_load(url, server.pid, SECONDS, CONNECTIONS, key).cpu)
        bare = median(spent["no tracing"])
        print_table(
            [
                [name, f"{cpu:.0f} us", f"{cpu / bare:.2f} x", f"{megabytes(server):.0f} MB"]
                for (name, server), cpu in zip(
                    servers.items(), map(median, spent.values()), strict=True
                )
            ],
            ["traced", "CPU each", "of untraced", "PSS a worker"],
        )


if __name__ == "__main__":
    main()
