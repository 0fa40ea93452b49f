"""Load and what it costs: wrk against a server, and the CPU that its workers spend meanwhile."""

import os
import re
import subprocess
from dataclasses import dataclass

import psutil

TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Load:
    """What a run of wrk saw: answers a second, and CPU per answer of the server in microseconds."""

    rate: float
    cpu: float


def web_workers(pid: int) -> list[psutil.Process]:
    """Return the gunicorn workers below a process."""
    top = psutil.Process(pid)
    tree = [top, *top.children(recursive=True)]
    masters = {item.pid for item in tree if "gunicorn" in " ".join(item.cmdline())}
    return [item for item in tree if item.ppid() in masters and item.pid in masters]


def cpu_seconds(workers: list[psutil.Process]) -> float:
    """Return the CPU that processes have spent, user and system."""
    return sum(sum(item.cpu_times()[:2]) for item in workers)


def put_load(
    url: str, pid: int, seconds: int, connections: int = 100, headers: dict[str, str] | None = None
) -> Load:
    """Load an address with four threads; stops the run if an answer is not 2xx."""
    command = ["wrk", "-t4", f"-c{connections}", f"-d{seconds}s"]
    command += [
        part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")
    ]
    workers = web_workers(pid)
    before = cpu_seconds(workers)
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True)
    spent = cpu_seconds(workers) - before
    assert "Non-2xx" not in done.stdout, done.stdout
    answers = int(re.findall(r"(\d+) requests in", done.stdout)[0])
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", done.stdout)[0])
    return Load(rate, spent / answers * 1e6)
