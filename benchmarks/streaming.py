"""Streams: time to the first token, and the rate of tokens, against a bare pass-through.

The model says a word after 0.2 s, then one every 50 ms; of a long answer it says 60, one every 20
ms. Through Raglan and through a bare gevent server it is asked by 50 clients at once, in turns. The
rate is how many words of long answers reach their clients in a second. What idle streams cost
others is measured in idle_streams.py, with a model that is silent after its first word until it is
released.
"""

import json
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from common import Api, Running, bare_server, free_port, print_table, running_server, started
from tqdm import tqdm

CLIENTS = 50
ROUNDS = 20
LONG_ROUNDS = 6
TOKENS = 60
LONG = "at length"
"""What a question says whose answer is long."""

MODEL = """
from gevent import monkey; monkey.patch_all()
import sys, time
from gevent.event import Event
from gevent.pywsgi import WSGIServer

WORD = b'data: {"choices":[{"index":0,"delta":{"content":"word "}}]}\\n\\n'
RELEASED = Event()

def app(environ, start_response):
    if environ["PATH_INFO"] == "/release":
        RELEASED.set()
    asked = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    if asked:
        yield from words(b"silent" in asked, *((59, 0.02) if b"at length" in asked else (5, 0.05)))

def words(silent, more, pause):
    time.sleep(0.2)
    yield WORD
    for _ in range(more):
        RELEASED.wait() if silent else time.sleep(pause)
        yield WORD
    yield b"data: [DONE]\\n\\n"

WSGIServer(("127.0.0.1", int(sys.argv[1])), app, backlog=4096, log=None).serve_forever()
"""

PASS_THROUGH = """
import http.client

def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return passed(body) if body else []

def passed(body):
    upstream = http.client.HTTPConnection("127.0.0.1", {port})
    upstream.request("POST", "/v1/chat/completions", body)
    answer = upstream.getresponse()
    while piece := answer.read1(65536):
        yield piece
    upstream.close()
"""


class Asker:
    """Sends one request to a server and reads its stream."""

    def __init__(self, server: Running, path: str, body: dict[str, object]) -> None:
        """Prepare the request."""
        host, self.port = urlsplit(server.url).hostname, urlsplit(server.url).port
        sent = json.dumps(body).encode()
        self.request = (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n"
            "Connection: close\r\n\r\n"
        ).encode() + sent

    def begin(self) -> tuple[socket.socket, float]:
        """Return a connection whose first word has arrived, and after how many seconds."""
        start = time.perf_counter()
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(self.request)
        head = b""
        while b"word" not in head:
            piece = connection.recv(65_536)
            assert piece, head
            head += piece
        return connection, time.perf_counter() - start

    def first_token(self) -> float:
        """Read a stream to its end; return the seconds until its first word."""
        connection, seconds = self.begin()
        with connection:
            while connection.recv(65_536):
                pass
        return seconds


@contextmanager
def model_server() -> Iterator[int]:
    """Run the model; yield its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "model.py"
        script.write_text(MODEL, encoding="utf-8")
        with started([sys.executable, script, port], {}, f"http://127.0.0.1:{port}/"):
            yield port


def talking_to(port: int) -> dict[str, str]:
    """Return settings of a server whose assistants use the model."""
    return {
        "RAGLAN_MODELS__CHAT_MODEL": "bench@Endpoint",
        "RAGLAN_MODELS__CHAT_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "RAGLAN_MODELS__TIMEOUT": "3600",
    }


def questions(server: Running, question: str) -> list[Asker]:
    """Return what asks a new assistant a question, each client in a session of its own."""
    api = Api(server.url, server.key)
    chat = api.call("POST", "/chats", json={"name": question})["id"]
    askers = []
    for number in range(CLIENTS):
        name = {"name": f"session {number}"}
        session = api.call("POST", f"/chats/{chat}/sessions", json=name)["id"]
        body = {"question": question, "session_id": session}
        askers.append(Asker(server, f"/api/v1/chats/{chat}/completions", body))
    return askers


def at_once(askers: list[Asker]) -> list[float]:
    """Return the times to the first word of many clients at once."""
    with ThreadPoolExecutor(len(askers)) as pool:
        return list(pool.map(Asker.first_token, askers))


def compare(bare: list[Asker], ours: list[Asker]) -> None:
    """Ask both in turns and print how much later our first word comes."""
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    at_once(bare), at_once(ours)
    for _ in tqdm(range(ROUNDS), desc=f"{CLIENTS} streams at once"):
        times["bare"] += at_once(bare)
        times["ours"] += at_once(ours)
    base, mine = median(times["bare"]), median(times["ours"])
    print_table(
        [
            ["bare pass-through", *shown(times["bare"]), "", "", ""],
            [
                "chat completion",
                *shown(times["ours"]),
                f"{(mine - base) * 1000:.1f} ms",
                f"{mine / base:.2f}",
                "10 ms",
            ],
        ],
        ["first word", "p50", "p95", "overhead", "ratio", "budget"],
    )


def compare_rates(bare: list[Asker], ours: list[Asker]) -> None:
    """Ask both in turns for long answers and print how many words arrive in a second."""
    seconds: dict[str, list[float]] = {"bare": [], "ours": []}
    at_once(bare), at_once(ours)
    for _ in tqdm(range(LONG_ROUNDS), desc=f"{CLIENTS} streams of {TOKENS} tokens"):
        for name, askers in (("bare", bare), ("ours", ours)):
            begun = time.perf_counter()
            at_once(askers)
            seconds[name].append(time.perf_counter() - begun)
    rates = {name: CLIENTS * TOKENS / median(spent) for name, spent in seconds.items()}
    rows = [["bare pass-through", f"{rates['bare']:,.0f}/s", "", ""]]
    share = rates["ours"] / rates["bare"]
    rows.append(["chat completion", f"{rates['ours']:,.0f}/s", f"{share:.0%}", "95 %"])
    print_table(rows, [f"{TOKENS} tokens", "rate", "of the bare one", "budget"])


def p95(times: list[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(times, n=20)[-1]


def shown(times: list[float]) -> tuple[str, str]:
    """Return median and 95th percentile in milliseconds."""
    return f"{median(times) * 1000:.1f} ms", f"{p95(times) * 1000:.1f} ms"


def main() -> None:
    """Measure first words, and rates."""
    with model_server() as port:
        source = PASS_THROUGH.replace("{port}", str(port))
        with (
            running_server(**talking_to(port)) as server,
            bare_server(source, workers=2) as passing,
        ):
            bare = [Asker(passing, "/", {"question": "hello"})] * CLIENTS
            compare(bare, questions(server, "hello"))
            lengthy = [Asker(passing, "/", {"question": LONG})] * CLIENTS
            compare_rates(lengthy, questions(server, LONG))


if __name__ == "__main__":
    main()
