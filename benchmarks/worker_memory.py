"""Memory of a web worker, here and in another checkout: benchmarks/worker_memory.py CHECKOUT.

Each is compiled, started with one worker and settings as delivered, asked for 300 lists and a
sign-in, and then looked at; in turns, by the same Python and libraries.
"""

import compileall
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
import requests
from common import free_port, print_table
from footprint import MEGABYTE, held_by

HERE = Path(__file__).resolve().parent.parent
ROUNDS = 3
LISTS = 300
BUDGET = 6
KEY = f"ragflow-{'k' * 40}"
PASSWORD = "a password of a benchmark"
PATIENCE = 60


def main(other: Path) -> None:
    """Measure both in turns and print a table."""
    found: dict[Path, list[int]] = {other: [], HERE: []}
    for checkout in found:
        for part in ("api", "rag"):  # what is compiled at a start leaves holes in its memory
            compileall.compile_dir(checkout / part, quiet=1)
    for _ in range(ROUNDS):
        for checkout, held in found.items():
            held.append(memory_of(checkout))
    before, now = (median(held) / MEGABYTE for held in found.values())
    print_table(
        [
            [other.name, f"{before:.1f} MB", "", ""],
            [HERE.name, f"{now:.1f} MB", f"{now - before:+.1f} MB", f"{BUDGET:+} MB"],
        ],
        ["checkout", "PSS of a web worker", "grows by", "budget"],
    )


def memory_of(checkout: Path) -> int:
    """Return the proportional memory of a worker that has answered."""
    with TemporaryDirectory() as folder:
        port = free_port()
        environment = {
            **os.environ,
            "RAGLAN_DATA_DIR": folder,
            "RAGLAN_SERVER__PORT": str(port),
            "RAGLAN_SERVER__WORKERS": "1",
            "RAGLAN_METRICS__PORT": "0",
            "RAGLAN_BOOTSTRAP__API_KEY": KEY,
            "RAGLAN_BOOTSTRAP__PASSWORD": PASSWORD,
        }
        words = ["-m", "gunicorn", "-k", "gevent", "-c", "gunicorn_config.py", "api.apps:app"]
        quiet = subprocess.DEVNULL
        server = subprocess.Popen(
            [sys.executable, *words], cwd=checkout, env=environment, stdout=quiet, stderr=quiet
        )
        try:
            ask(f"http://127.0.0.1:{port}")
            [worker] = psutil.Process(server.pid).children()
            return held_by(worker).memory
        finally:
            server.terminate()
            server.wait(PATIENCE)


def ask(url: str) -> None:
    """Wait for a server, and ask what makes its worker load what it needs."""
    deadline = time.monotonic() + PATIENCE
    while not is_ready(url):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not get ready")
        time.sleep(0.1)
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {KEY}"
        for _ in range(LISTS):
            session.get(f"{url}/api/v1/datasets", timeout=PATIENCE).raise_for_status()
        credentials = {"email": "admin@raglan.local", "password": PASSWORD}
        session.post(f"{url}/v1/user/login", json=credentials, timeout=PATIENCE).raise_for_status()


def is_ready(url: str) -> bool:
    """Return whether a server is ready."""
    try:
        return requests.get(f"{url}/ready", timeout=2).ok
    except requests.RequestException:
        return False


def arguments(given: Sequence[str]) -> Path:
    """Return the other checkout."""
    if len(given) != 1 or not (Path(given[0]) / "gunicorn_config.py").is_file():
        sys.exit("Give the folder of another checkout, such as `git worktree add` makes.")
    return Path(given[0]).resolve()


if __name__ == "__main__":
    main(arguments(sys.argv[1:]))
