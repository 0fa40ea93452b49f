"""The mixed load of a soak: who uses the server how, at which rate, and what must come of it."""

import json
import random
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from common import EMAIL, PASSWORD, Running, make_pdf
from common import words as words_of
from soak_model import WORDS

PATIENCE = 60
KEPT = 30
"""How many documents stay for the whole run, so that the data does not grow."""

VOCABULARY = 1000
"""How many different words there are: so few that what remembers words is soon full."""

QUESTIONS_A_SESSION = 8
ENDED = frozenset({"DONE", "FAIL", "CANCEL"})
MODES = ["", "", "", "", "", "", "slow", "refuse", "break off"]
FAILING = frozenset({"refuse", "break off"})
NOBODY = "0" * 32

LISTS: Sequence[tuple[str, dict[str, object]]] = [
    ("/datasets", {"page_size": 10, "orderby": "update_time", "desc": "false"}),
    ("/datasets", {"name": "soak"}),
    ("/datasets/{kept}/documents", {"keywords": "kept 1", "run": ["DONE", "FAIL"]}),
    ("/datasets/{kept}/documents", {"suffix": "md", "orderby": "name", "page": 2, "page_size": 5}),
    (
        "/datasets/{kept}/documents",
        {
            "metadata_condition": json.dumps(
                {"conditions": [{"name": "year", "comparison_operator": ">", "value": 2010}]}
            )
        },
    ),
    ("/datasets/{kept}/documents/{document}/chunks", {"keywords": "w1", "page_size": 5}),
    ("/chats", {"orderby": "create_time", "page_size": 5}),
]
BAD: Sequence[tuple[str, str, dict[str, Any], int]] = [
    ("GET", "/nowhere", {}, 404),
    ("GET", "/datasets", {"headers": {"Authorization": "Bearer wrong"}}, 401),
    ("GET", "/datasets", {"params": {"page": "x"}}, 400),
    ("GET", f"/datasets/{NOBODY}/documents", {}, 404),
    ("POST", "/datasets", {"data": b"{", "headers": {"Content-Type": "application/json"}}, 400),
    ("POST", "/retrieval", {"json": {"question": "w1"}}, 400),
    ("POST", f"/chats/{NOBODY}/completions", {"json": {"question": "w1"}}, 404),
    ("POST", "/datasets/{kept}/documents", {"files": {"file": ("a.exe", b"MZ")}}, 415),
    ("DELETE", "/datasets", {"json": {}}, 400),
]


def words(count: int, seed: int) -> str:
    """Return made-up words."""
    return words_of(count, seed, VOCABULARY)


class GaveUpError(Exception):
    """An operation went wrong, has been counted, and what should follow it cannot begin."""


@dataclass
class Record:
    """What came of each operation: its times in seconds, and its errors."""

    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    said: list[str] = field(default_factory=list)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Time an operation; one that fails counts as an error and raises GaveUpError."""
        begun = time.perf_counter()
        try:
            yield
        except (AssertionError, LookupError, ValueError, OSError) as error:
            self.errors[name] += 1
            self.said.append(f"{time.strftime('%X')} {name}: {error!r:.400}")
            raise GaveUpError from error
        finally:
            self.times[name].append(time.perf_counter() - begun)


@dataclass(frozen=True)
class Place:
    """What stays for the whole run: the server, a dataset with documents, an assistant."""

    server: Running
    exporter: str
    dataset: str
    documents: Sequence[str]
    chat: str


class Client:
    """Somebody who uses the API on a connection of their own."""

    def __init__(self, place: Place, record: Record) -> None:
        """Connect with the key."""
        self.place = place
        self.record = record
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {place.server.key}"
        self.url = f"{place.server.url}/api/v1"

    def call(self, method: str, path: str, status: int = 200, **request: Any) -> Any:
        """Return an answer's data; an AssertionError when it is another than expected."""
        answer = self.session.request(method, self.url + path, timeout=PATIENCE, **request)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        body = answer.json()
        assert (body["code"] == 0) == (status == 200), (method, path, body)
        return body.get("data")

    def timed(self, name: str, method: str, path: str, **request: Any) -> Any:
        """Make a timed call and return its data."""
        with self.record.timed(name):
            return self.call(method, path, **request)

    def document(self, dataset: str, document: str) -> dict[str, Any]:
        """Return a document as the list shows it."""
        path = f"/datasets/{dataset}/documents"
        item: dict[str, Any] = self.timed(
            "list documents by id", "GET", path, params={"id": document}
        )["docs"][0]
        return item

    def parsed(self, dataset: str, documents: Sequence[str], run: str = "DONE") -> None:
        """Wait until the runs of documents have ended, each as expected."""
        deadline = time.monotonic() + PATIENCE
        for document in documents:
            while (item := self.document(dataset, document))["run"] not in ENDED:
                assert time.monotonic() < deadline, ("stuck", item)
                time.sleep(0.1)
            assert item["run"] == run, item

    def found(self, dataset: str, question: str) -> list[str]:
        """Return the documents whose passages retrieval finds."""
        body = {"question": question, "dataset_ids": [dataset], "similarity_threshold": 0.01}
        data = self.call("POST", "/retrieval", json=body)
        return [chunk["document_id"] for chunk in data["chunks"]]


def made_file(seed: int, marker: str) -> tuple[str, bytes]:
    """Return name and content of a made-up document that alone holds a word."""
    text = f"{marker} {words(600, seed)}"
    kind = random.choice(["txt", "md", "csv", "pdf"])
    if kind == "pdf":
        return f"{marker}.pdf", make_pdf(
            3, title=f"{marker} {words(200, seed)}", words_per_page=150
        )
    if kind == "csv":
        text = "\n".join(f"{marker},{words(12, seed + row)}" for row in range(40))
    if kind == "md":
        text = f"# {marker}\n\n{text}"
    return f"{marker}.{kind}", text.encode()


def live(client: Client) -> None:
    """Take a document through its life: upload, parse, find, change, parse again, delete."""
    seed = random.getrandbits(40)
    marker = f"zq{seed:x}"
    dataset, record = client.place.dataset, client.record
    path = f"/datasets/{dataset}"
    files = {"file": made_file(seed, marker)}
    document = client.timed("upload", "POST", f"{path}/documents", files=files)[0]["id"]
    ids = {"document_ids": [document]}
    with record.timed("parse to searchable"):
        client.call("POST", f"{path}/chunks", json=ids)
        client.parsed(dataset, [document])
        assert document in client.found(dataset, marker), "a parsed document is not found"
    one = f"{path}/documents/{document}"
    client.timed("change a document", "PATCH", one, json={"meta_fields": {"year": 2020}})
    edit_chunk(client, one, marker)
    with record.timed("parse again"):
        client.call("POST", f"{path}/chunks", json=ids)
        client.parsed(dataset, [document])
    with record.timed("download"):
        answer = client.session.get(client.url + one, timeout=PATIENCE)
        assert answer.content == files["file"][1], "another file came back"
    client.timed("delete a document", "DELETE", f"{path}/documents", json={"ids": [document]})
    with record.timed("search for what is deleted"):
        assert document not in client.found(dataset, marker), "a deleted document is found"


def edit_chunk(client: Client, document: str, marker: str) -> None:
    """Add a chunk, change it, and delete it."""
    body = {"content": f"{marker} added", "important_keywords": [marker]}
    chunk = client.timed("add a chunk", "POST", f"{document}/chunks", json=body)["chunk"]["id"]
    change = {"content": f"{marker} changed"}
    client.timed("change a chunk", "PATCH", f"{document}/chunks/{chunk}", json=change)
    client.timed("delete a chunk", "DELETE", f"{document}/chunks", json={"chunk_ids": [chunk]})


def cancel(client: Client) -> None:
    """Have a long document parsed and stop it in the middle."""
    path = f"/datasets/{client.place.dataset}"
    seed = random.getrandbits(40)
    files = {"file": ("long.pdf", make_pdf(400, title=f"{seed:x}"))}
    with client.record.timed("parse and stop"):
        document = client.call("POST", f"{path}/documents", files=files)[0]["id"]
        ids = {"document_ids": [document]}
        client.call("POST", f"{path}/chunks", json=ids)
        time.sleep(random.random())
        stopped = client.call("POST", f"{path}/documents/stop", json=ids)["success_count"]
        client.parsed(client.place.dataset, [document], "CANCEL" if stopped else "DONE")
        client.call("DELETE", f"{path}/documents", json={"ids": [document]})


def churn(client: Client) -> None:
    """Make a dataset with documents and delete it as a whole."""
    with client.record.timed("a dataset from start to end"):
        dataset = client.call("POST", "/datasets", json={"name": "churn"})["id"]
        path = f"/datasets/{dataset}"
        seeds = [random.getrandbits(40) for _ in range(5)]
        files = [("file", made_file(seed, f"zq{seed:x}")) for seed in seeds]
        made = client.call("POST", f"{path}/documents", files=files)
        ids = [item["id"] for item in made]
        client.call("POST", f"{path}/chunks", json={"document_ids": ids})
        client.parsed(dataset, ids)
        client.call("DELETE", "/datasets", json={"ids": [dataset]})


def look(client: Client) -> None:
    """Make a list call with filters."""
    path, query = random.choice(LISTS)
    place = client.place
    path = path.format(kept=place.dataset, document=random.choice(place.documents))
    client.timed("list with filters", "GET", path, params=query)


def retrieve(client: Client) -> None:
    """Search for words that every text has."""
    body = {
        "question": words(4, random.getrandbits(20)),
        "dataset_ids": [client.place.dataset],
        "vector_similarity_weight": random.choice([0.0, 0.3, 0.9]),
        "highlight": random.choice([True, False]),
        "page_size": 10,
    }
    client.timed("retrieval", "POST", "/retrieval", json=body)


def mode() -> tuple[str, str]:
    """Return how the model shall behave, and a question that tells it."""
    chosen = random.choice(MODES)
    return chosen, f"{words(3, random.getrandbits(20))} {chosen}"


def converse(client: Client) -> None:
    """Hold a conversation, streamed to the end, whatever the model does; then delete it."""
    sessions = f"/chats/{client.place.chat}/sessions"
    session = client.timed("start a session", "POST", sessions, json={"name": "s"})["id"]
    for _ in range(QUESTIONS_A_SESSION):
        how, question = mode()
        with client.record.timed(f"chat, model {how}" if how else "chat"):
            body = {"question": question, "session_id": session}
            path = f"/chats/{client.place.chat}/completions"
            events = streamed(client, path, body)
            assert events[-1] == {"code": 0, "data": True}, events[-1]
            check_answer(how, events[-2]["code"], events[-2]["data"]["answer"])
    client.timed("list sessions", "GET", sessions, params={"page_size": 10})
    client.timed("delete a session", "DELETE", sessions, json={"ids": [session]})


def check_answer(how: str, code: int, text: str) -> None:
    """Compare an answer with what the model was told to do."""
    assert code == (500 if how in FAILING else 0), (how, code, text)
    assert how in FAILING or text.count("word") == WORDS, text


def streamed(client: Client, path: str, body: dict[str, Any]) -> list[Any]:
    """Return all events of a stream; the end of OpenAI's is a text."""
    address = client.url + path
    with client.session.post(address, json=body, stream=True, timeout=PATIENCE) as answer:
        assert answer.status_code == 200, answer.text
        lines = [line.removeprefix(b"data:") for line in answer.iter_lines() if line]
    return [line.decode() if line == b"[DONE]" else json.loads(line) for line in lines]


def complete(client: Client) -> None:
    """Ask in OpenAI's way, streamed or whole."""
    how, question = mode()
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    path = f"/chats_openai/{client.place.chat}/chat/completions"
    if random.random() < 0.5:
        with client.record.timed(f"openai stream, model {how}" if how else "openai stream"):
            events = streamed(client, path, {**body, "stream": True})
            assert events[-1] == "[DONE]", events
            assert ("error" in events[-2]) == (how in FAILING), events[-2]
        return
    with client.record.timed(f"openai, model {how}" if how else "openai"):
        body = {**body, "stream": False}
        answer = client.session.post(client.url + path, json=body, timeout=PATIENCE)
        status = 503 if how in FAILING else 200
        assert answer.status_code == status, (how, answer.status_code, answer.text)


def leave(client: Client) -> None:
    """Begin a stream and go away: at once, or after its first words."""
    body = json.dumps(
        {
            "messages": [{"role": "user", "content": f"w1 {random.choice(MODES)}"}],
            "model": "m",
            "stream": True,
        }
    ).encode()
    server = urlsplit(client.place.server.url)
    head = (
        f"POST /api/v1/chats_openai/{client.place.chat}/chat/completions HTTP/1.1\r\n"
        f"Host: {server.netloc}\r\nAuthorization: Bearer {client.place.server.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with (
        client.record.timed("a stream left in the middle"),
        socket.create_connection((str(server.hostname), int(server.port or 0)), 30) as line,
    ):
        line.sendall(head + body)
        if random.random() < 0.7:
            assert line.recv(4096).startswith(b"HTTP/1.1 200"), "no stream"
        time.sleep(random.random() * 0.2)


def sign_in(client: Client) -> None:
    """Sign in, look at the profile, and sign out."""
    url = f"{client.place.server.url}/v1/user"
    body = {"email": EMAIL, "password": PASSWORD}
    token = ""
    with client.record.timed("sign in"):
        answer = requests.post(f"{url}/login", json=body, timeout=PATIENCE)
        assert answer.json()["code"] == 0, answer.text
        token = answer.headers["Authorization"]
    for page in ("info", "logout"):
        with client.record.timed("profile, sign out"):
            headers = {"Authorization": token}
            answer = requests.get(f"{url}/{page}", headers=headers, timeout=PATIENCE)
            assert answer.json()["code"] == 0, answer.text


def scrape(client: Client) -> None:
    """Scrape the metrics at both places."""
    for url in (client.place.exporter, client.place.server.url):
        with client.record.timed("metrics"):
            answer = requests.get(f"{url}/metrics", timeout=PATIENCE)
            assert answer.status_code == 200, answer.text
            assert "raglan_http_requests_total" in answer.text


def err(client: Client) -> None:
    """Send a request that must be refused."""
    method, path, request, status = random.choice(BAD)
    path = path.format(kept=client.place.dataset)
    client.timed("bad request", method, path, status=status, **request)


USERS: Sequence[tuple[Callable[[Client], None], float, int]] = [
    (live, 1.0, 2),
    (cancel, 0.05, 1),
    (churn, 0.1, 1),
    (look, 10.0, 2),
    (retrieve, 5.0, 2),
    (converse, 1.0, 3),
    (complete, 1.0, 3),
    (leave, 2.0, 2),
    (sign_in, 1.0, 1),
    (scrape, 0.2, 1),
    (err, 5.0, 1),
]
"""What users do, how often a second each of them at most, and how many there are."""


def put_load(place: Place, record: Record, ended: threading.Event) -> list[threading.Thread]:
    """Let all users begin; they go on until the end is called."""

    def keep_on(action: Callable[[Client], None], rate: float) -> None:
        client = Client(place, record)
        while not ended.wait(random.expovariate(rate)):
            with suppress(GaveUpError):
                action(client)

    threads = [
        threading.Thread(target=keep_on, args=(action, rate), daemon=True)
        for action, rate, count in USERS
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads
