"""A whole Raglan server, started by its one command on free ports and a folder of its own."""

import os
import re
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
import requests

from api.services.accounts.remembered import TRUST_SECONDS

ROOT = Path(__file__).resolve().parents[1]
KEY = "ragflow-" + "k" * 43
PASSWORD = "a password for tests"
PATIENCE = 60


PORTS = range(10_000, 22_000)
"""Below those that the kernel gives to whoever connects, or listens on any; so are the ports that
are 10,000 higher, on which nodes of a Redis cluster talk."""

SHARES = 8


def own_ports() -> Iterator[int]:
    """Yield ports that no other process of this run of tests gets, from somewhere on.

    A port is free when it is looked at and taken a second later, when a server has loaded its
    code: by then it could be that of a test beside this one.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = PORTS[worker % SHARES :: SHARES]
    begin = secrets.randbelow(len(mine))  # another run may go on at the same time
    return cycle([*mine[begin:], *mine[:begin]])


_ports = own_ports()


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that was not returned before."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there are ports without end")


@dataclass
class Server:
    """A server on `data`; `start` may be called again after it has ended."""

    data: Path
    port: int = field(default_factory=free_port)
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    prefix: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Return everything that it has printed so far, over all starts."""
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment in which it and its command line run."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
        return kept | {
            "RAGLAN_DATA_DIR": str(self.data),
            "RAGLAN_SERVER__PORT": str(self.port),
            "RAGLAN_METRICS__PORT": str(free_port()),
            "RAGLAN_BOOTSTRAP__API_KEY": KEY,
            "RAGLAN_BOOTSTRAP__PASSWORD": PASSWORD,
            **self.extra,
        }

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the one command without waiting for anything."""
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, ROOT / "entrypoint.sh"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.process

    def start(self) -> None:
        """Start and wait until it is ready."""
        process = self.launch()
        wait_until(lambda: process.poll() is not None or self.is_ready(), "the server to be ready")
        assert process.poll() is None, self.log

    def is_ready(self) -> bool:
        """Return whether it answers that it is ready."""
        try:
            return requests.get(f"{self.url}/ready", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def tree(self) -> list[psutil.Process]:
        """Return its processes, the one command first; none before it was started."""
        if self.process is None:
            return []
        try:
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def running(self, word: str) -> list[psutil.Process]:
        """Return those of its processes whose command line holds a word."""
        return [item for item in self.tree() if any(word in part for part in command(item))]

    def web_workers(self) -> list[psutil.Process]:
        """Return gunicorn's workers."""
        masters = self.running("gunicorn_config.py")
        ids = {item.pid for item in masters}
        return [item for item in masters if parent(item) in ids]

    def ingest_workers(self) -> list[psutil.Process]:
        """Return the ingest workers."""
        found = self.running("api.worker")
        return [item for item in found if command(item)[0] not in {"setpriv", "bash"}]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the one command a signal, wait for its end and return its status."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE)

    def kill_everything(self) -> None:
        """End all processes at once with SIGKILL."""
        tree = self.tree()
        for action in (psutil.Process.suspend, psutil.Process.kill):
            for process in tree:
                with suppress(psutil.NoSuchProcess):
                    action(process)
        psutil.wait_procs(tree, timeout=10)
        assert self.process is not None
        self.process.wait(timeout=10)

    def call(self, method: str, path: str, key: str = KEY, **request: Any) -> dict[str, Any]:
        """Return the envelope of a REST call."""
        headers = {"Authorization": f"Bearer {key}", **request.pop("headers", {})}
        answer: dict[str, Any] = requests.request(
            method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **request
        ).json()
        return answer

    def data_of(self, method: str, path: str, **request: Any) -> Any:
        """Return the data of a REST call that must succeed."""
        answer = self.call(method, path, **request)
        assert answer["code"] == 0, answer
        return answer.get("data")

    def dataset(self, name: str = "handbook", **fields: object) -> str:
        """Create a dataset and return its id."""
        return str(self.data_of("POST", "/datasets", json={"name": name, **fields})["id"])

    def upload(self, dataset: str, *files: tuple[str, bytes]) -> list[str]:
        """Upload files and return the ids of their documents."""
        parts = [("file", item) for item in files]
        found = self.data_of("POST", f"/datasets/{dataset}/documents", files=parts)
        return [item["id"] for item in found]

    def parse(self, dataset: str, documents: list[str]) -> None:
        """Start to parse documents."""
        self.data_of("POST", f"/datasets/{dataset}/chunks", json={"document_ids": documents})

    def document(self, dataset: str, document: str) -> dict[str, Any]:
        """Return a document."""
        found = self.data_of("GET", f"/datasets/{dataset}/documents", params={"id": document})
        item: dict[str, Any] = found["docs"][0]
        return item

    def finished(self, dataset: str, document: str, patience: float = PATIENCE) -> dict[str, Any]:
        """Wait until a document's run has ended and return the document."""
        ends = {"DONE", "FAIL", "CANCEL"}
        wait_until(lambda: self.document(dataset, document)["run"] in ends, "the run", patience)
        return self.document(dataset, document)

    def found(self, dataset: str, question: str) -> list[dict[str, Any]]:
        """Return the chunks that retrieval finds."""
        body = {"question": question, "dataset_ids": [dataset], "similarity_threshold": 0.01}
        chunks: list[dict[str, Any]] = self.data_of("POST", "/retrieval", json=body)["chunks"]
        return chunks


def command(process: psutil.Process) -> list[str]:
    """Return a process's command line; empty when it is gone."""
    try:
        return process.cmdline() or [""]
    except psutil.Error:
        return [""]


def parent(process: psutil.Process) -> int:
    """Return the id of a process's parent; 0 when it is gone."""
    try:
        return process.ppid()
    except psutil.Error:
        return 0


def wait_until(condition: Any, what: str, patience: float = PATIENCE) -> None:
    """Wait until a condition holds; fails by naming what was waited for."""
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"waited {patience} s in vain for {what}"
        time.sleep(0.1)


def halt(pid: int) -> None:
    """Stop a process where it is until a SIGCONT: `kill` returns before all its threads stand."""
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: set(states(pid)) == {"T"}, "the process to stand")


def states(pid: int) -> Iterator[str]:
    """Yield what the threads of a process do; "X" for one that has ended meanwhile."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            told = (task / "stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            told = "X"
        yield told.rpartition(")")[2].split()[0]


def forgotten() -> None:
    """Wait until no worker lets in any more whom it remembers from before."""
    time.sleep(TRUST_SECONDS)


@contextmanager
def server_on(data: Path, **extra: str) -> Iterator[Server]:
    """Run a server for a `with` block; nothing of it is left afterwards."""
    server = Server(data, extra=extra)
    try:
        server.start()
        yield server
    finally:
        end(server)


def end(server: Server) -> None:
    """End a server, however it stands, and whatever it started."""
    left = server.tree()
    if server.process is not None and server.process.poll() is None:
        server.stop()
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


def printed_key(log: str) -> str:
    """Return the API key that the first start printed."""
    match = re.search(r"ragflow-[\w-]{43}", log)
    assert match, log
    return match.group()
