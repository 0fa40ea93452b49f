"""Mixed load for a given time: errors and times of each operation, and what the server holds.

Documents are uploaded, parsed, changed, parsed again and deleted, a long one is stopped in the
middle, lists and searches go on, chats are streamed to the end or left by their clients, the model
refuses, breaks off or is slow, people sign in, metrics are scraped, and some requests are bad.
The data stays bounded: what is added is deleted. Ends with status 1 when anything comes out other
than it should, when a task or a stream is left over, or when memory grows.
"""

import argparse
import re
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles

import requests
from common import Api, free_port, print_table, running_server
from footprint import WHOLE, Held, Watch, held_by_role, print_footprint
from soak_load import KEPT, Place, Record, put_load, words
from soak_model import soak_model
from tqdm import tqdm

SECONDS = 600
WARM_UP = 45
PATIENCE = 60
MOST_SAID = 20
GROWTH = 1.0
"""Megabytes a minute by which the whole tree may grow in the second half."""

ROLES = ("web worker", "ingest worker", "parser", "gunicorn master", WHOLE)
LEFT = (
    "raglan_http_streams_open",
    'raglan_tasks{state="pending"}',
    'raglan_tasks{state="running"}',
    'raglan_tasks{state="dead"}',
)
"""What has to be 0 when nobody asks anything any more."""


def prepare(api: Api) -> tuple[str, list[str], str]:
    """Make what stays: a dataset with parsed documents, and an assistant that reads it."""
    dataset = api.call("POST", "/datasets", json={"name": "soak"})["id"]
    path = f"/datasets/{dataset}"
    files = [
        ("file", (f"kept {number}.md", f"# kept {number}\n\n{words(900, number)}".encode()))
        for number in range(KEPT)
    ]
    ids = [item["id"] for item in api.call("POST", f"{path}/documents", files=files)]
    for number, document in enumerate(ids):
        fields = {"meta_fields": {"year": 2000 + number}}
        api.call("PATCH", f"{path}/documents/{document}", json=fields)
    api.call("POST", f"{path}/chunks", json={"document_ids": ids})
    deadline = time.monotonic() + PATIENCE
    while api.call("GET", f"{path}/documents", params={"run": "DONE"})["total"] < KEPT:
        assert time.monotonic() < deadline, "the documents are not parsed"
        time.sleep(0.2)
    chat = api.call("POST", "/chats", json={"name": "soak", "dataset_ids": [dataset]})["id"]
    return dataset, ids, chat


def run(place: Place, record: Record, seconds: float) -> Watch:
    """Put load on the server, watch it once it is warm, and wait for the last answers."""
    ended = threading.Event()
    threads = put_load(place, record, ended)
    for _ in tqdm(range(WARM_UP), desc="warm up", unit="s"):
        time.sleep(1)
    with Watch(place.server.pid).running() as watch:
        end = watch.begun + seconds
        with tqdm(total=round(seconds), desc="soak", unit="s") as bar:
            while time.monotonic() < end:
                time.sleep(1)
                bar.n = min(round(time.monotonic() - watch.begun), round(seconds))
                bar.set_postfix(errors=sum(record.errors.values()))
    ended.set()
    for thread in threads:
        thread.join(PATIENCE)
    hanging = sum(thread.is_alive() for thread in threads)
    if hanging:
        record.errors["users that hang"] += hanging
    return watch


def left_over(url: str) -> dict[str, float]:
    """Wait until nothing is left to be done; return what is left all the same."""
    deadline = time.monotonic() + PATIENCE
    while True:
        text = requests.get(f"{url}/metrics", timeout=PATIENCE).text
        found = {name: value_of(text, name) for name in LEFT}
        if not any(found.values()) or time.monotonic() > deadline:
            return found
        time.sleep(1)


def value_of(text: str, name: str) -> float:
    """Return a metric's value."""
    values = re.findall(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert values, f"{name} is not among the metrics"
    return float(values[0])


def sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Return number and bytes of the files under each entry of a folder."""
    found = {}
    for entry in sorted(folder.iterdir()):
        files = [item for item in [entry, *entry.rglob("*")] if item.is_file()]
        found[entry.name] = (len(files), sum(item.stat().st_size for item in files))
    return found


def print_sizes(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]]) -> None:
    """Print how many files, and megabytes of them, there were and are."""
    rows = [
        [
            name,
            *(
                f"{found.get(name, (0, 0))[0]} / {found.get(name, (0, 0))[1] / 1e6:.2f} MB"
                for found in (before, after)
            ),
        ]
        for name in sorted({*before, *after})
    ]
    print_table(rows, ["files, size", "before the load", "after it"])


def print_rest(before: dict[str, Held], after: dict[str, Held]) -> None:
    """Print what processes hold while nobody asks anything, before the load and after it."""
    rows = [
        [
            name,
            *(
                f"{held.memory / 1e6:.1f} MB / {held.files} / {held.count}"
                for held in (before.get(name, Held()), after.get(name, Held()))
            ),
        ]
        for name in ROLES
    ]
    print_table(rows, ["at rest: PSS, descriptors, processes", "before the load", "after it"])


def print_operations(record: Record) -> None:
    """Print count, errors, p50 and p99 of each operation."""
    rows = [
        [name, len(times), record.errors[name], *(f"{1000 * item:.1f} ms" for item in cuts(times))]
        for name, times in sorted(record.times.items())
    ]
    print_table(rows, ["operation", "count", "errors", "p50", "p99"])
    for line in record.said[:MOST_SAID]:
        print(line)


def cuts(times: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile."""
    if len(times) < 2:
        return times[0], times[0]
    found = quantiles(times, n=100, method="inclusive")
    return found[49], found[98]


def soak(seconds: float, folder: Path) -> list[str]:
    """Run the soak in a folder, print everything, and return what went wrong."""
    temporary, data = folder / "tmp", folder / "data"
    temporary.mkdir(), data.mkdir()
    record, port = Record(), free_port()
    with soak_model() as model:
        settings = {
            "RAGLAN_MODELS__CHAT_MODEL": "soak@Endpoint",
            "RAGLAN_MODELS__CHAT_BASE_URL": f"http://127.0.0.1:{model}/v1",
            "RAGLAN_METRICS__PORT": str(port),
            "TMPDIR": str(temporary),
        }
        with running_server(data, **settings) as server:
            dataset, documents, chat = prepare(Api(server.url, server.key))
            exporter = f"http://127.0.0.1:{port}"
            place = Place(server, exporter, dataset, documents, chat)
            time.sleep(5)
            before, stored = held_by_role(server.pid), {**sizes(data), **sizes(folder)}
            watch = run(place, record, seconds)
            left = left_over(exporter)
            time.sleep(5)
            after, stored_after = held_by_role(server.pid), {**sizes(data), **sizes(folder)}
    print_operations(record)
    print_rest(before, after)
    print_sizes(stored, stored_after)
    within = print_footprint(watch, ROLES, GROWTH)
    print("Left over:", ", ".join(f"{name} {value:.0f}" for name, value in left.items()))
    wrong = [f"{name}: {count} errors" for name, count in record.errors.items() if count]
    wrong += [f"{name} is {value:.0f}" for name, value in left.items() if value]
    return wrong if within else [*wrong, "memory grows"]


def main() -> None:
    """Soak a server of our own; ends with status 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    parser.add_argument("--data", type=Path, help="an empty folder that is kept")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wrong = soak(given.seconds, given.data or Path(folder))
    if wrong:
        sys.exit(f"Not as it should be: {'; '.join(wrong)}.")


if __name__ == "__main__":
    main()
