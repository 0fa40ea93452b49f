"""What the benchmarks share: servers on free ports, the API, made-up texts and PDFs, tables."""

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[1]
KEY = "ragflow-" + "b" * 43
PASSWORD = "a password for benchmarks"
EMAIL = "admin@raglan.local"
PATIENCE = 60
MOST_WORDS = 20_000

HELLO = """
from flask import Flask
app = Flask("hello")
@app.get("/")
def hello():
    return "hello"
"""

BARE = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
"""


@dataclass(frozen=True)
class Running:
    """A server that runs: its address, its first API key, the id of its topmost process."""

    url: str
    key: str
    pid: int


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_server(data: Path | None = None, **settings: str) -> Iterator[Running]:
    """Run Raglan by its one command, on a folder of its own unless one is given."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
        environment = kept | {
            "RAGLAN_DATA_DIR": str(data or Path(folder) / "data"),
            "RAGLAN_SERVER__PORT": str(port),
            "RAGLAN_METRICS__PORT": str(free_port()),
            "RAGLAN_BOOTSTRAP__API_KEY": KEY,
            "RAGLAN_BOOTSTRAP__EMAIL": EMAIL,
            "RAGLAN_BOOTSTRAP__PASSWORD": PASSWORD,
            "RAGLAN_LOG__LEVEL": "WARNING",
            "RAGLAN_LOG__ACCESS": "false",
            **settings,
        }
        with started(
            [ROOT / "entrypoint.sh"], environment, f"http://127.0.0.1:{port}/ready"
        ) as pid:
            yield Running(f"http://127.0.0.1:{port}", KEY, pid)


@contextmanager
def bare_server(source: str, workers: int = 1) -> Iterator[Running]:
    """Run the WSGI callable `app` of some source text on plain gunicorn with gevent."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "bare.py").write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", str(workers)]
        command += [
            "-b",
            f"127.0.0.1:{port}",
            "--chdir",
            folder,
            "--log-level",
            "error",
            "bare:app",
        ]
        with started(command, dict(os.environ), f"http://127.0.0.1:{port}/") as pid:
            yield Running(f"http://127.0.0.1:{port}", "", pid)


@contextmanager
def started(command: Sequence[object], environment: dict[str, str], probe: str) -> Iterator[int]:
    """Run a program until the block ends, once its probe answers 200; yield its process id."""
    with subprocess.Popen(
        [str(part) for part in command],
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            wait_for(process, probe)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE)


def wait_for(process: "subprocess.Popen[bytes]", probe: str) -> None:
    """Wait until a program answers; stops the run when it ends instead."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it was ready"
        try:
            if requests.get(probe, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.02)
    raise TimeoutError(f"{probe} did not answer in {PATIENCE} s")


class Api:
    """The few calls of the REST API that the benchmarks make."""

    def __init__(self, url: str, key: str) -> None:
        """Keep one connection with the key."""
        self.url = f"{url}/api/v1"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def call(self, method: str, path: str, **request: Any) -> Any:
        """Return the data of an answer; stops the run when it is an error."""
        answer = self.session.request(method, self.url + path, timeout=120, **request).json()
        assert answer["code"] == 0, answer
        return answer.get("data")


def words(count: int, seed: int, most: int = MOST_WORDS) -> str:
    """Return made-up words whose frequencies fall as in a language (Zipf), the same every time."""
    source = random.Random(seed)
    return " ".join(f"w{int(most ** source.random()):x}" for _ in range(count))


def make_pdf(pages: int, words_per_page: int = 350, title: str = "") -> bytes:
    """Return a PDF of pages of made-up text in lines, as a word processor would lay them out."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for number in range(pages):
        text = f"{title} {words(words_per_page, number)}".split()
        lines = [" ".join(text[start : start + 12]) for start in range(0, len(text), 12)]
        shown = "".join(f"({line}) Tj T*\n" for line in lines)
        stream = f"BT /F1 10 Tf 14 TL 60 780 Td\n{shown}ET".encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(kids))
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    """Return a PDF file of numbered objects with its cross-reference table."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, item in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, item)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def print_table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows under their heads as a Markdown table."""
    table = [[str(cell) for cell in row] for row in [heads, *rows]]
    widths = [max(len(row[place]) for row in table) for place in range(len(heads))]
    for number, row in enumerate(table):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        print(f"| {' | '.join(cells)} |")
        if number == 0:
            print(f"|{'|'.join('-' * (width + 2) for width in widths)}|")
