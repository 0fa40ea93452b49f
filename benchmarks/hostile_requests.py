"""Hostile requests, four at once, beside a client that lists and one that asks for /health.

As soon as all four are answered, and a fifth of a second has passed, the next four follow.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

import psutil
import requests
from common import Api, print_table, running_server, words
from tqdm import tqdm

SECONDS = 4
AT_ONCE = 4
BURSTS = 15
REST = 0.2
LIST_BUDGET, HEALTH_BUDGET, MEMORY_BUDGET = 100, 50, 250


@dataclass(frozen=True)
class Attack:
    """A hostile request."""

    name: str
    method: str
    path: str
    body: bytes
    key: bool = True


@dataclass
class Figures:
    """What was seen while it ran; times in ms."""

    lists: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    cpu: float = 0.0
    peak: int = 0

    def row(self, name: str, body: int) -> list[str]:
        """Return it as a row of the table."""
        lists, health = sorted(self.lists), sorted(self.health)
        answers = max(self.answers, default=0)
        each = f"{self.cpu / len(self.answers):.3f} s" if self.answers else "none"
        return [
            name,
            f"{body:,}",
            "/".join(map(str, sorted(self.statuses))),
            f"{answers:,}",
            str(len(self.answers)),
            f"{self.cpu:.2f} s",
            each,
            f"{lists[len(lists) * 99 // 100]:.0f} ms",
            f"{health[len(health) * 99 // 100]:.0f} / {health[-1]:.0f} ms",
            f"{self.peak >> 20} MB",
        ]


def attacks(chat: str, dataset: str, document: str) -> list[Attack]:
    """Return those that once took seconds, megabytes or the worker."""
    completions = f"/api/v1/openai/{chat}/chat/completions"
    numbers = [{"role": "user", "content": list(range(270_000))}]
    unknown = json.dumps(dict.fromkeys(map(str, range(130_000)))).encode()
    objects = b'{"x":[' + b"{}," * 5_000_000 + b"{}]}"
    fewer = b'{"x":[' + b"{}," * 680_000 + b"{}]}"
    ids = [f"{number:05}" + "x" * 1500 for number in range(1_350)]
    source = random.Random(1)
    prose = words(180_000, source.randrange(1 << 30))[: 1 << 20]
    deep = b'{"x":' + b"[" * 968 + b"]" * 968 + b"}"
    commas = b'{"name":"' + b'a,\\"[' * 415_000 + b'"}'
    return [
        Attack(
            "messages of 270,000 numbers",
            "POST",
            completions,
            json.dumps({"model": "m", "messages": numbers}).encode(),
        ),
        Attack("dataset, 130,000 unknown keys", "POST", "/api/v1/datasets", unknown),
        Attack("register, 5,000,000 objects", "POST", "/v1/user/register", objects, key=False),
        Attack("dataset, 5,000,000 objects", "POST", "/api/v1/datasets", objects),
        Attack("dataset, 680,000 objects", "POST", "/api/v1/datasets", fewer),
        Attack("login, 130,000 unknown keys", "POST", "/v1/user/login", unknown, key=False),
        Attack("login, 968 deep", "POST", "/v1/user/login", deep, key=False),
        Attack(
            "delete 1,350 ids of 1,500 letters",
            "DELETE",
            f"/api/v1/datasets/{dataset}/documents",
            json.dumps({"ids": ids}).encode(),
        ),
        Attack("dataset, 2 MB of quoted commas", "POST", "/api/v1/datasets", commas),
        Attack(
            "dataset, name of 2 MB",
            "POST",
            "/api/v1/datasets",
            b'{"name":"%b"}' % (b"x" * 2_080_000),
        ),
        Attack(
            "retrieval, question of 16,384 letters",
            "POST",
            "/api/v1/retrieval",
            json.dumps({"question": prose[:16_384], "dataset_ids": [dataset]}).encode(),
        ),
        Attack(
            "chunk of 65,536 letters",
            "POST",
            f"/api/v1/datasets/{dataset}/documents/{document}/chunks",
            json.dumps({"content": prose[:65_536]}).encode(),
        ),
    ]


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the processes of the web server, its master among them."""
    tree = psutil.Process(pid).children(recursive=True)
    return [item for item in tree if any("gunicorn_config" in part for part in item.cmdline())]


def seconds_of(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that processes have taken."""
    return sum(sum(item.cpu_times()[:2]) for item in processes)


def repeat(action: Callable[[], None], over: threading.Event, pause: float) -> threading.Thread:
    """Do something again and again, until it is over, on a thread."""

    def run() -> None:
        while not over.wait(pause):
            action()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def milliseconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1000


def measured(url: str, key: str, pid: int, attack: Attack | None) -> Figures:
    """Run an attack, or none, for some seconds beside honest clients."""
    figures = Figures()
    headers = {"Authorization": f"Bearer {key}"}
    processes = workers_of(pid)

    def list_datasets() -> None:
        figures.lists.append(
            milliseconds(
                lambda: requests.get(f"{url}/api/v1/datasets", headers=headers, timeout=60)
            )
        )

    def ask_health() -> None:
        figures.health.append(milliseconds(lambda: requests.get(f"{url}/health", timeout=60)))
        figures.peak = max([figures.peak, *(item.memory_info().rss for item in processes)])

    begun = seconds_of(processes)
    # Who attacks shares neither an interpreter with who measures, nor its turn at the processor.
    with ProcessPoolExecutor(1, get_context("spawn")) as others:
        struck = others.submit(strike_again_and_again, url, key, attack) if attack else None
        over = threading.Event()
        threads = [repeat(list_datasets, over, 0.02), repeat(ask_health, over, 0.02)]
        if struck is None:
            time.sleep(SECONDS)
        else:
            figures.answers, figures.statuses = struck.result()
        over.set()
        for thread in threads:
            thread.join()
    figures.cpu = seconds_of(processes) - begun
    return figures


def strike_again_and_again(url: str, key: str, attack: Attack) -> tuple[list[int], set[int]]:
    """Send an attack over and over, in a process of its own; return what was answered."""
    os.nice(10)
    answers: list[int] = []
    statuses: set[int] = set()
    given = {"Content-Type": "application/json"}
    if attack.key:
        given["Authorization"] = f"Bearer {key}"

    together = threading.Barrier(AT_ONCE)

    def strike() -> None:
        together.wait()
        answer = requests.request(
            attack.method, url + attack.path, data=attack.body, headers=given, timeout=120
        )
        answers.append(len(answer.content))
        statuses.add(answer.status_code)

    def strike_often() -> None:
        for _ in range(BURSTS):
            strike()
            time.sleep(REST)

    threads = [threading.Thread(target=strike_often) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers, statuses


def main() -> None:
    """Measure all and print a table."""
    rows = []
    with running_server() as server:
        api = Api(server.url, server.key)
        dataset = api.call("POST", "/datasets", json={"name": "handbook"})["id"]
        chat = api.call("POST", "/chats", json={"name": "guide"})["id"]
        files = {"file": ("notes.txt", b"The lamp is lit at dusk.")}
        [document] = api.call("POST", f"/datasets/{dataset}/documents", files=files)
        idle = measured(server.url, server.key, server.pid, None)
        rows.append(idle.row("nothing", 0))
        for attack in tqdm(attacks(chat, dataset, document["id"])):
            figures = measured(server.url, server.key, server.pid, attack)
            rows.append(figures.row(attack.name, len(attack.body)))
    budget = [f"{LIST_BUDGET} ms", f"{HEALTH_BUDGET} ms", f"{MEMORY_BUDGET} MB"]
    rows.append(["budget", "", "", "8,192", "", "", "", *budget])
    heads = ["request", "bytes", "status", "answer", "done", "CPU", "CPU each"]
    print_table(rows, [*heads, "list p99", "/health p99 / max", "worker's peak"])


if __name__ == "__main__":
    main()
