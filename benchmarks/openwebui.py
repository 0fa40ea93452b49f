"""Raglan beside a running Open WebUI, asked by the same client through the API that both speak.

openwebui.py --other URL --email EMAIL --password PASSWORD [--start COMMAND]

`URL` is where an Open WebUI of this machine listens; the account administers it, and is made where
there is none. Its connections, and how it embeds and searches, are changed: both servers are to ask
the endpoint of models that runs beside them. Use one that holds nothing else. With `--start` the
command is run to start it, which is measured. Without `--other` Raglan is measured alone.

CPU is that of all processes of a server. Raglan embeds by itself; the endpoint embeds for the
other, and its CPU counts for nobody. Ends with status 1 when a budget is missed.
"""

import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

import requests
from common import EMAIL, PASSWORD, free_port, print_table, running_server, started, words
from tqdm import tqdm
from webui_peer import Peer, Spending, connect
from webui_sockets import Socket, idle, question

CHATS, PAGE = 1_000, 60
LISTED = 10
CALLS = 100
CHUNKS = 1_000
FILES, FILE_BYTES, AT_ONCE = 20, 100_000, 4
ASKERS, ROUNDS, TOKENS = 50, 3, 60
IDLE, PLAIN, PAUSE = 2_000, 200, 0.05
SETTLE_SECONDS = 8
MEGABYTE = 1e6
"""Bytes."""


@dataclass
class Found:
    """What was measured of a server, by what it is of: a figure, and how it is shown."""

    figures: dict[str, float] = field(default_factory=dict)
    beside: dict[str, str] = field(default_factory=dict)

    def note(self, name: str, figure: float, beside: str = "") -> None:
        """Note a figure, and what is to be said beside it."""
        self.figures[name] = figure
        self.beside[name] = beside


@dataclass(frozen=True)
class Row:
    """What is measured: its unit, and at most how much of the other's, or in itself, it may be."""

    name: str
    unit: str
    ratio: float | None = None
    most: float | None = None

    def shown(self, found: Found | None) -> str:
        """Return what was measured of a server."""
        if found is None or self.name not in found.figures:
            return "-"
        beside = found.beside[self.name]
        return f"{found.figures[self.name]:.4g} {self.unit}" + (f" ({beside})" if beside else "")

    def ratio_of(self, ours: Found, theirs: Found | None) -> float | None:
        """Return how much of the other's ours is, if both were measured."""
        figure = theirs.figures.get(self.name) if theirs else None
        return ours.figures[self.name] / figure if figure else None

    def is_missed(self, ours: Found, theirs: Found | None) -> bool:
        """Return whether the budget is missed."""
        ratio = self.ratio_of(ours, theirs)
        too_much = self.most is not None and ours.figures[self.name] > self.most
        return too_much or (ratio is not None and self.ratio is not None and ratio > self.ratio)

    def cells(self, ours: Found, theirs: Found | None) -> list[str]:
        """Return the row of the table."""
        ratio = self.ratio_of(ours, theirs)
        budget = [f"{self.ratio:g} x"] if self.ratio is not None else []
        budget += [f"{self.most:g} {self.unit}"] if self.most is not None else []
        missed = "MISSED" if self.is_missed(ours, theirs) else ""
        shown = "-" if ratio is None else f"{ratio:.3f} x"
        return [self.name, self.shown(ours), self.shown(theirs), shown, " ".join(budget), missed]


START = Row("start to ready", "s", most=3)
MEMORY = Row("idle memory, whole server", "MB", ratio=0.25)
LIST = Row(f"list of {LISTED} knowledge bases, CPU", "ms", ratio=0.08)
CHAT_PAGE = Row(f"page of {PAGE} of {CHATS:,} chats, CPU", "ms", ratio=0.2)
ASKED = Row(f"question of a knowledge base of {CHUNKS:,} chunks, hybrid, CPU", "ms", ratio=0.01)
STREAM = Row(f"stream of {TOKENS} tokens through sockets, {ASKERS} at once, CPU each", "ms", 0.15)
FIRST = Row(f"its first word, later than that of a direct call, {ASKERS} at once", "ms", most=10)
READ = Row(f"{FILES} files of {FILE_BYTES // 1000} KB, upload to searchable", "s", ratio=0.2)
READ_CPU = Row("the same, CPU", "s")
SOCKETS = Row(f"memory of each of {IDLE:,} idle sockets", "KB", most=60)
BESIDE = Row("p95 of plain requests beside these", "ms", most=20)
ROWS = (START, MEMORY, LIST, CHAT_PAGE, ASKED, STREAM, FIRST, READ, READ_CPU, SOCKETS, BESIDE)


def each(peer: Peer, call: Callable[[], object], times: int = CALLS) -> tuple[float, float]:
    """Return the milliseconds of CPU, and of the clock, that a call takes."""
    for _ in range(3):
        call()
    with Spending(peer) as spending:
        for _ in range(times):
            call()
    return spending.spent.cpu / times * 1000, spending.spent.clock / times * 1000


def note_calls(found: Found, row: Row, peer: Peer, call: Callable[[], object]) -> None:
    """Note what a call costs."""
    cpu, clock = each(peer, call)
    found.note(row.name, cpu, f"{clock:.1f} ms by the clock")


def measure_lists(peer: Peer, found: Found) -> None:
    """Measure a list of knowledge bases, and a page of chats."""
    for number in range(LISTED):
        peer.knowledge(f"base {number}")
    note_calls(found, LIST, peer, lambda: peer.call("GET", "/api/v1/knowledge/?page=1"))
    for start in range(0, CHATS, 100):
        chats = [{"chat": chat(number)} for number in range(start, start + 100)]
        peer.call("POST", "/api/v1/chats/import", json={"chats": chats})
    page = "/api/v1/chats/?page=3"
    assert len(peer.call("GET", page)) == PAGE
    note_calls(found, CHAT_PAGE, peer, lambda: peer.call("GET", page))


def chat(number: int) -> dict[str, object]:
    """Return a chat of two questions and answers."""
    ids = [f"m-{number}-{place}" for place in range(4)]
    messages = {
        one: {
            "id": one,
            "parentId": ids[place - 1] if place else None,
            "childrenIds": ids[place + 1 : place + 2],
            "role": "assistant" if place % 2 else "user",
            "content": words(40, 4 * number + place),
            "timestamp": 1_700_000_000 + number,
        }
        for place, one in enumerate(ids)
    }
    history = {"currentId": ids[-1], "messages": messages}
    return {"title": f"Chat {number}", "models": ["bench"], "history": history}


def measure_question(peer: Peer, found: Found) -> None:
    """Measure a question of a knowledge base of some chunks."""
    base = peer.knowledge("questions")
    texts = [
        "\n\n".join(words(150, 1_000 * number + place) for place in range(100))
        for number in range(CHUNKS // 100)
    ]
    for place, text in enumerate(texts):
        peer.put(base, f"questions {place}.txt", text)
    peer.wait_for(base)
    asked = iter(range(1_000_000))

    def ask() -> None:
        assert peer.found(base, words(6, 5_000_000 + next(asked)))

    note_calls(found, ASKED, peer, ask)


def measure_files(peer: Peer, found: Found) -> None:
    """Measure how long files take from their upload until a search finds each."""
    base = peer.knowledge("files")
    texts = [
        f"It stands by {name(number)}.\n\n" + words(FILE_BYTES // 6, 7_000 + number)[:FILE_BYTES]
        for number in range(FILES)
    ]
    with Spending(peer) as spending, ThreadPoolExecutor(AT_ONCE) as pool:
        names = [f"file {number}.txt" for number in range(FILES)]
        list(pool.map(peer.put, [base] * FILES, names, texts))
        peer.wait_for(base)
    for number in range(FILES):
        said = " ".join(peer.found(base, f"What stands by {name(number)}?"))
        assert name(number) in said, f"{peer.name} does not find {name(number)}: {said[:200]}"
    found.note(READ.name, spending.spent.clock)
    found.note(READ_CPU.name, spending.spent.cpu)


def name(number: int) -> str:
    """Return a word that one file alone has."""
    return f"zq{number:02}lighthouse"


def direct(endpoint: str) -> float:
    """Return the seconds until a model's first word, asked without a server between."""
    body = {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "Who?"}]}
    begun = time.perf_counter()
    with requests.post(f"{endpoint}/chat/completions", json=body, stream=True, timeout=60) as told:
        pieces = told.iter_content(None)
        while b"word" not in next(pieces):
            pass
        first = time.perf_counter() - begun
        for _ in pieces:
            pass
    return first


def first_word(peer: Peer, model: str) -> float | None:
    """Ask a question; return the seconds to the first word of its answer, None where it fails."""
    try:
        return question(peer, model)
    except AssertionError as error:
        print(error, file=sys.stderr)
        return None


def measure_streams(peer: Peer, found: Found, endpoint: str) -> None:
    """Measure answers that many people hear by their sockets at once."""
    stamp = f"{time.time_ns():x}"
    people = [peer.person(f"p{number}.{stamp}@example.org", PASSWORD) for number in range(ASKERS)]
    model = peer.model()
    firsts: list[float] = []
    straight: list[float] = []
    cpu = 0.0
    with ThreadPoolExecutor(ASKERS) as pool:
        for count in range(ROUNDS + 1):
            direct_ones = list(pool.map(direct, [endpoint] * ASKERS))
            with Spending(peer) as spending:
                heard = list(pool.map(first_word, people, [model] * ASKERS))
            if count:
                straight += direct_ones
                firsts += [one for one in heard if one is not None]
                cpu += spending.spent.cpu
    refused = ASKERS * ROUNDS - len(firsts)
    remark = f"{refused} of {ASKERS * ROUNDS} failed" if refused else ""
    found.note(STREAM.name, cpu / len(firsts) * 1000, remark)
    later, base = median(firsts) * 1000, median(straight) * 1000
    found.note(FIRST.name, later - base, f"{later:.0f} and {base:.0f} ms")


def measure_sockets(peer: Peer, found: Found) -> None:
    """Measure what idle sockets hold, and how plain requests do beside them."""
    before = peer.memory()
    with ExitStack() as stack, ThreadPoolExecutor(16) as pool:
        made = list(pool.map(Socket, [peer] * IDLE))
        for one in made:
            stack.callback(one.connection.close)
        with idle(made):
            time.sleep(SETTLE_SECONDS)
            times = []
            for _ in range(PLAIN):
                begun = time.perf_counter()
                peer.call("GET", "/api/v1/knowledge/?page=1")
                times.append(time.perf_counter() - begun)
                time.sleep(PAUSE)
            held = peer.memory() - before
    found.note(SOCKETS.name, held / IDLE / 1000)
    found.note(BESIDE.name, quantiles(times, n=20)[-1] * 1000, f"p50 {median(times) * 1000:.1f} ms")


def measure(peer: Peer, endpoint: str, found: Found, rows: Sequence[str]) -> Found:
    """Measure a server."""
    time.sleep(SETTLE_SECONDS)
    found.note(MEMORY.name, peer.memory() / MEGABYTE)
    parts: dict[str, Callable[[], None]] = {
        "lists": lambda: measure_lists(peer, found),
        "question": lambda: measure_question(peer, found),
        "files": lambda: measure_files(peer, found),
        "streams": lambda: measure_streams(peer, found, endpoint),
        "sockets": lambda: measure_sockets(peer, found),
    }
    for part in tqdm([one for one in parts if not rows or one in rows], desc=peer.name):
        parts[part]()
    return found


@contextmanager
def endpoint_of_models() -> Iterator[str]:
    """Run the endpoint of models; yield its base address."""
    port = free_port()
    script = Path(__file__).parent / "webui_model.py"
    base = f"http://127.0.0.1:{port}/v1"
    with started([sys.executable, script, port, TOKENS], dict(os.environ), f"{base}/models"):
        yield base


def of_raglan(endpoint: str, rows: Sequence[str]) -> Found:
    """Start Raglan on an empty folder, and measure it."""
    found = Found()
    with tempfile.TemporaryDirectory() as folder:
        front = Path(folder) / "front"
        front.mkdir()
        (front / "index.html").write_text("front end", encoding="utf-8")
        settings = {
            "RAGLAN_MODELS__CHAT_MODEL": "bench@Endpoint",
            "RAGLAN_MODELS__CHAT_BASE_URL": endpoint,
            "RAGLAN_FRONTEND__DIR": str(front),
        }
        begun = time.perf_counter()
        with running_server(**settings) as server:
            found.note(START.name, time.perf_counter() - begun)
            peer = Peer("Raglan", server.url, EMAIL, PASSWORD, server.pid)
            return measure(peer, endpoint, found, rows)


def of_another(asked: argparse.Namespace, endpoint: str) -> Found:
    """Start an Open WebUI, if it is told how, and measure it."""
    found = Found()
    with ExitStack() as stack:
        if asked.start:
            begun = time.perf_counter()
            stack.enter_context(other_started(asked.start, asked.other))
            found.note(START.name, time.perf_counter() - begun)
        peer = Peer("Open WebUI", asked.other, asked.email, asked.password)
        connect(peer, endpoint)
        return measure(peer, endpoint, found, asked.rows)


@contextmanager
def other_started(command: str, url: str) -> Iterator[None]:
    """Run a command until the block ends, once its server answers."""
    with subprocess.Popen(shlex.split(command), stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + 120
            while not answers(f"{url}/health"):
                assert process.poll() is None, f"{command} ended"
                assert time.monotonic() < deadline, f"{url} does not answer"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def answers(url: str) -> bool:
    """Return whether somebody answers at an address."""
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def main() -> None:
    """Measure both and print a table; ends with status 1 when a budget is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help="lists question files streams sockets; all of them")
    parser.add_argument("--other")
    parser.add_argument("--email", default=EMAIL)
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("--start")
    asked = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with endpoint_of_models() as endpoint:
        ours = of_raglan(endpoint, asked.rows)
        theirs = of_another(asked, endpoint) if asked.other else None
    rows = [one for one in ROWS if one.name in ours.figures]
    heads = ["what", "Raglan", "Open WebUI", "ratio", "budget", ""]
    print_table([one.cells(ours, theirs) for one in rows], heads)
    if any(one.is_missed(ours, theirs) for one in rows):
        sys.exit("A budget is missed.")


if __name__ == "__main__":
    main()
