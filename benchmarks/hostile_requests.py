"""Hostile requests, four at once, beside a client that lists and one that asks for /health."""

import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
import requests
from common import Api, print_table, running_server, words
from tqdm import tqdm

SECONDS = 4
AT_ONCE = 4
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
        lists = sorted(self.lists)
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
            f"{max(self.health):.0f} ms",
            f"{self.peak >> 20} MB",
        ]


def attacks(chat: str, dataset: str, document: str) -> list[Attack]:
    """Return those that once took seconds, megabytes or the worker."""
    completions = f"/api/v1/openai/{chat}/chat/completions"
    numbers = [{"role": "user", "content": list(range(400_000))}]
    unknown = json.dumps(dict.fromkeys(map(str, range(250_000)))).encode()
    objects = b'{"x":[' + b"{}," * 5_000_000 + b"{}]}"
    fewer = b'{"x":[' + b"{}," * 1_300_000 + b"{}]}"
    ids = [f"{number:05}" + "x" * 1500 for number in range(2_700)]
    source = random.Random(1)
    prose = words(180_000, source.randrange(1 << 30))[: 1 << 20]
    deep = b'{"x":' + b"[" * 968 + b"]" * 968 + b"}"
    commas = b'{"name":"' + b'a,\\"[' * 830_000 + b'"}'
    return [
        Attack(
            "messages of 400,000 numbers",
            "POST",
            completions,
            json.dumps({"model": "m", "messages": numbers}).encode(),
        ),
        Attack("dataset, 250,000 unknown keys", "POST", "/api/v1/datasets", unknown),
        Attack("register, 5,000,000 objects", "POST", "/v1/user/register", objects, key=False),
        Attack("dataset, 5,000,000 objects", "POST", "/api/v1/datasets", objects),
        Attack("dataset, 1,300,000 objects", "POST", "/api/v1/datasets", fewer),
        Attack("login, 250,000 unknown keys", "POST", "/v1/user/login", unknown, key=False),
        Attack("login, 968 deep", "POST", "/v1/user/login", deep, key=False),
        Attack(
            "delete 2,700 ids of 1,500 letters",
            "DELETE",
            f"/api/v1/datasets/{dataset}/documents",
            json.dumps({"ids": ids}).encode(),
        ),
        Attack("dataset, 4 MB of quoted commas", "POST", "/api/v1/datasets", commas),
        Attack(
            "dataset, name of 4 MB",
            "POST",
            "/api/v1/datasets",
            b'{"name":"%b"}' % (b"x" * 4_150_000),
        ),
        Attack(
            "retrieval, question of 16,384 letters",
            "POST",
            "/api/v1/retrieval",
            json.dumps({"question": prose[:16_384], "dataset_ids": [dataset]}).encode(),
        ),
        Attack(
            "chunk of 131,072 letters",
            "POST",
            f"/api/v1/datasets/{dataset}/documents/{document}/chunks",
            json.dumps({"content": prose[:131_072]}).encode(),
        ),
    ]


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the processes of the web server, its master among them."""
    tree = psutil.Process(pid).children(recursive=True)
    return [item for item in tree if any("gunicorn_config" in part for part in item.cmdline())]


def seconds_of(processes: list[psutil.Process]) -> float:
    """Return the CPU seconds that processes have taken."""
    return sum(sum(item.cpu_times()[:2]) for item in processes)


def repeat(action: Callable[[], None], end: float, pause: float) -> threading.Thread:
    """Do something again and again, until a time, on a thread."""

    def run() -> None:
        while time.perf_counter() < end:
            action()
            time.sleep(pause)

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

    def strike() -> None:
        assert attack is not None
        given = {"Content-Type": "application/json"} | (headers if attack.key else {})
        answer = requests.request(
            attack.method, url + attack.path, data=attack.body, headers=given, timeout=120
        )
        figures.answers.append(len(answer.content))
        figures.statuses.add(answer.status_code)

    begun = seconds_of(processes)
    end = time.perf_counter() + SECONDS
    threads = [repeat(list_datasets, end, 0.02), repeat(ask_health, end, 0.02)]
    if attack is not None:
        threads += [repeat(strike, end, 0) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.join()
    figures.cpu = seconds_of(processes) - begun
    return figures


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
    print_table(rows, [*heads, "list p99", "/health max", "worker's peak"])


if __name__ == "__main__":
    main()
