"""For how long 200 sign-ins at once hold the event loop, against 200 lists at once.

A worker's loop looks for what has arrived, does all of it, and looks again: the longest turn is
what another request waits for at most before it is begun. Turns are measured in the CPU time of the
loop's own thread, so that neither passwords on another thread nor other programs count. All 200
passwords are checked, as the limit is raised for that.
"""

import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from common import EMAIL, KEY, PASSWORD, ROOT, free_port, print_table, started
from tqdm import tqdm

AT_ONCE = 200
ROUNDS = 6
BUDGET_MS = 50
WATCHING = """
import os, sys, time
from pathlib import Path
os.chdir(os.environ["PLACE"])
sys.path.insert(0, os.environ["PLACE"])
exec(Path("gunicorn_config.py").read_text())

ready = post_worker_init
turns = []

def post_worker_init(worker):
    ready(worker)
    import gevent
    loop = gevent.get_hub().loop
    worker.watched = loop.check(), loop.prepare()
    begun = [time.thread_time()]
    worker.watched[0].start(lambda: begun.__setitem__(0, time.thread_time()))
    worker.watched[1].start(lambda: turns.append((time.thread_time() - begun[0]) * 1000))

def worker_exit(server, worker):
    Path(os.environ["TURNS"], str(os.getpid())).write_text(repr(turns))
"""
"""The server's own configuration, whose workers keep how long each turn of their loop took."""


def request_of(method: str, path: str, key: str = "", body: bytes = b"") -> bytes:
    """Return a request as bytes, after which its connection is closed."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"Authorization: Bearer {key}"] if key else []
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def send_all(port: int, asked: bytes) -> None:
    """Send a request on 200 connections, and stop the run if one is refused."""
    with ExitStack() as stack:
        address = ("127.0.0.1", port)
        made = [stack.enter_context(socket.create_connection(address)) for _ in range(AT_ONCE)]
        for connection in made:
            connection.sendall(asked)
        statuses = {one.makefile("rb").readline().split()[1] for one in made}
    assert statuses == {b"200"}, statuses


@contextmanager
def watched_server(folder: Path) -> Iterator[int]:
    """Run the web server so that it writes its turns at its end; yield its port."""
    port = free_port()
    (folder / "watching.py").write_text(WATCHING, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
    environment = kept | {
        "TURNS": str(folder / "turns"),
        "PLACE": str(ROOT),
        "RAGLAN_DATA_DIR": str(folder / "data"),
        "RAGLAN_SERVER__PORT": str(port),
        "RAGLAN_METRICS__PORT": str(free_port()),
        "RAGLAN_BOOTSTRAP__API_KEY": KEY,
        "RAGLAN_BOOTSTRAP__PASSWORD": PASSWORD,
        "RAGLAN_LOG__ACCESS": "false",
        "RAGLAN_AUTH__PASSWORDS_AT_ONCE": str(AT_ONCE),
    }
    (folder / "turns").mkdir()
    command = [sys.executable, "-m", "gunicorn", "-c", folder / "watching.py", "api.apps:app"]
    with started(command, environment, f"http://127.0.0.1:{port}/ready"):
        yield port


def turns_of(asked: bytes) -> list[float]:
    """Return the turns, in ms, of a server that gets 200 requests at once."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        with watched_server(folder) as port:
            send_all(port, asked)
        found = [json.loads(path.read_text()) for path in (folder / "turns").iterdir()]
    return [turn for turns in found for turn in turns]


def main() -> None:
    """Measure in turns and print a table."""
    credentials = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    asked = {
        f"{AT_ONCE} lists at once": request_of("GET", "/api/v1/datasets", KEY),
        f"{AT_ONCE} sign-ins at once": request_of("POST", "/v1/user/login", body=credentials),
    }
    found: dict[str, list[list[float]]] = {name: [] for name in asked}
    for _ in tqdm(range(ROUNDS), desc="many sign-ins"):
        for name, sent in asked.items():
            found[name].append(turns_of(sent))
    rows = []
    for name, rounds in found.items():
        longest = [max(turns) for turns in rounds]
        cells = [f"{median(longest):.1f} ms", f"{max(longest):.1f} ms", f"{BUDGET_MS} ms"]
        rows.append([name, *cells])
    print_table(rows, ["what arrives", "longest turn, middle of six", "of all", "budget"])


if __name__ == "__main__":
    main()
