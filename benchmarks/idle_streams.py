"""2,000 idle streams on two web workers for a given time, and plain requests beside them.

Each stream has heard the model's first word; then the model is silent. Meanwhile list calls are
timed and the memory of all processes is watched. At the end the model goes on: every stream has to
get its next word and its end. Ends with status 1 when one does not, or when a budget is missed.
"""

import argparse
import re
import resource
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from statistics import quantiles

import requests
from common import Api, Running, print_table, running_server
from footprint import WHOLE, Watch, print_footprint
from streaming import CLIENTS, Asker, model_server, questions, talking_to
from tqdm import tqdm

SECONDS = 600
IDLE = 2000
PLAIN = 400
SETTLE_SECONDS = 10
PAUSE = 0.05
"""Seconds between two plain requests: they shall meet the server at rest, not keep it busy."""

PATIENCE = 120
BUDGET = 0.020
"""Seconds of which 95 of 100 plain requests may take less."""

GROWTH = 0.5
"""Megabytes a minute by which the whole tree may grow in the second half."""

ROLES = ("web worker", "ingest worker", "gunicorn master", WHOLE)
END = b'data:{"code":0,"data":true}'


def plain_requests(server: Running, seconds: float, name: str) -> list[float]:
    """Return the seconds that list calls take, one after the other, for some time."""
    api = Api(server.url, server.key)
    times = []
    begun = time.monotonic()
    with tqdm(total=round(seconds), desc=name, unit="s") as bar:
        while (passed := time.monotonic() - begun) < seconds:
            bar.update(int(passed) - bar.n)
            start = time.perf_counter()
            api.call("GET", "/chats")
            times.append(time.perf_counter() - start)
            time.sleep(PAUSE)
    return times


def opened(askers: Sequence[Asker], stack: ExitStack) -> Iterator[socket.socket]:
    """Open the streams and yield them once each has heard its first word."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        begun = pool.map(lambda asker: asker.begin()[0], islice(cycle(askers), IDLE))
        for connection in tqdm(begun, total=IDLE, desc="idle streams"):
            yield stack.enter_context(connection)


def gets_its_end(connection: socket.socket) -> bool:
    """Return whether a stream says a further word and then ends as it should."""
    heard = b""
    connection.settimeout(PATIENCE)
    try:
        while piece := connection.recv(65_536):
            heard += piece
    except OSError:
        return False
    return b"word word" in heard and END in heard


def still_alive(port: int, streams: Sequence[socket.socket]) -> int:
    """Let the model go on; return how many streams get their next word and their end."""
    requests.get(f"http://127.0.0.1:{port}/release", timeout=PATIENCE)
    with ThreadPoolExecutor(CLIENTS) as pool:
        ends = pool.map(gets_its_end, streams)
        return sum(tqdm(ends, total=len(streams), desc="released"))


def open_streams(server: Running) -> int:
    """Return how many streams the server says are open."""
    text = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    return int(float(re.findall(r"^raglan_http_streams_open (\S+)$", text, re.MULTILINE)[0]))


def percentiles(times: Sequence[float]) -> tuple[float, float, float]:
    """Return median, 95th and 99th percentile."""
    cuts = quantiles(times, n=100)
    return cuts[49], cuts[94], cuts[98]


def print_plain(alone: Sequence[float], beside: Sequence[float]) -> bool:
    """Print how long plain requests took; tell whether that is within the budget."""
    rows = [
        [name, len(times), *(f"{1000 * value:.1f} ms" for value in percentiles(times)), *more]
        for name, times, more in [
            ("no streams", alone, ["", ""]),
            (
                f"{IDLE} idle streams",
                beside,
                [f"{percentiles(beside)[1] / percentiles(alone)[1]:.2f}", "p95 20 ms"],
            ),
        ]
    ]
    print_table(rows, ["plain requests", "count", "p50", "p95", "p99", "ratio of p95", "budget"])
    return percentiles(beside)[1] <= BUDGET


def measure(server: Running, port: int, seconds: float) -> list[str]:
    """Hold the streams, print everything, and return what went wrong."""
    askers = questions(server, "silent")
    alone = plain_requests(server, PLAIN * PAUSE, "alone")
    with ExitStack() as stack:
        streams = list(opened(askers, stack))
        time.sleep(SETTLE_SECONDS)
        with Watch(server.pid).running() as watch:
            beside = plain_requests(server, seconds, f"beside {IDLE} streams")
        held = open_streams(server)
        alive = still_alive(port, streams)
    fast = print_plain(alone, beside)
    steady = print_footprint(watch, ROLES, GROWTH)
    left = open_streams(server)
    print(f"Streams: {held} held, {alive} alive at the end, {left} left open.")
    wrong = [] if fast else ["plain requests wait too long"]
    wrong += [] if steady else ["memory grows"]
    wrong += [] if (held, alive, left) == (IDLE, IDLE, 0) else ["streams were lost or left over"]
    return wrong


def main() -> None:
    """Hold the streams for some seconds; ends with status 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=SECONDS)
    seconds = parser.parse_args().seconds
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with model_server() as port, running_server(**talking_to(port)) as server:
        wrong = measure(server, port, seconds)
    if wrong:
        sys.exit(f"Not as it should be: {'; '.join(wrong)}.")


if __name__ == "__main__":
    main()
