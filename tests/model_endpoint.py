"""A small OpenAI-compatible endpoint on a loopback port, which can be told to misbehave."""

import json
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.llm.hashing import HashingEmbedder

JSON = "application/json"
EVENTS = "text/event-stream"


@dataclass
class Reply:
    """An answer: `pieces`, or nothing if `silent`; the connection is then cut, held or kept.

    Where there is an `after`, nothing is sent before that is set, not even the head.
    """

    status: int = 200
    pieces: Iterable[bytes] = (b"{}",)
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    chunked: bool = True
    cut: bool = False
    hold: bool = False
    silent: bool = False
    after: threading.Event | None = None


@dataclass
class Received:
    """A request as it came, and the port that it came from."""

    port: int
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def event(**delta: object) -> bytes:
    """Return a stream's event with a delta."""
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": delta}]}).encode() + b"\n\n"


def stream(*pieces: bytes, **options: Any) -> Reply:
    """Return a reply that streams events."""
    return Reply(pieces=pieces, content_type=EVENTS, **options)


def vectors(
    rows: Sequence[Sequence[float]], order: Sequence[int] | None = None, tokens: int = 0
) -> Reply:
    """Return a reply with vectors, in another order if one is given; it tells of tokens if any."""
    items = [{"index": place, "embedding": list(row)} for place, row in enumerate(rows)]
    data = [items[place] for place in order or range(len(items))]
    told = {"usage": {"prompt_tokens": tokens}} if tokens else {}
    return Reply(pieces=[json.dumps({"data": data, **told}).encode()])


def relevances(body: dict[str, Any], *, texts_only: bool = False) -> Reply:
    """Return a reply that ranks texts, best first, by how many words of the question they hold.

    It has the form of TEI if there are `texts`; of most others for `documents`, unless the endpoint
    takes texts only.
    """
    if texts_only and "texts" not in body:
        return Reply(422, [b"Failed to deserialize the JSON body: missing field `texts`"])
    wanted = set(body["query"].lower().split())
    texts = body.get("texts") or body["documents"]
    shares = [len(wanted & set(text.lower().split())) / len(wanted) for text in texts]
    ranked = sorted(range(len(texts)), key=lambda place: -shares[place])
    if "texts" in body:
        told: object = [{"index": place, "score": shares[place]} for place in ranked]
    else:
        rows = [{"index": place, "relevance_score": shares[place]} for place in ranked]
        told = {"results": rows[: body.get("top_n")]}
    return Reply(pieces=[json.dumps(told).encode()])


class ModelEndpoint:
    """Replies as `script` says, in turn, then like a model: `received` is what was asked.

    Where a `gathering` is set, vectors come only once so many are asked for at the same time.
    `holding` is set when a reply that holds the connection has been sent as far as it goes, and
    `gone` when its client then closed the connection. With `texts_only` it ranks as TEI does.
    """

    def __init__(self, port: int) -> None:
        """Start with an empty script."""
        self.url = f"http://127.0.0.1:{port}/v1"
        self.forget()

    def forget(self) -> None:
        """Begin anew, as if nothing had been asked or scripted yet."""
        self.script: deque[Reply] = deque()
        self.received: list[Received] = []
        self.gathering: threading.Barrier | None = None
        self.texts_only = False
        self.holding = threading.Event()
        self.gone = threading.Event()

    def reply(self, request: Received) -> Reply:
        """Return what to send next."""
        self.received.append(request)
        if self.script:
            return self.script.popleft()
        if request.path.endswith("/embeddings"):
            if self.gathering is not None:
                self.gathering.wait()
            dimensions = request.body.get("dimensions", 16)
            unit = HashingEmbedder(dimensions).embed_documents(request.body["input"])
            return vectors((unit * 3).tolist(), list(reversed(range(len(unit)))))
        if request.path.endswith("/models"):
            listed = [{"id": name, "object": "model"} for name in ("talker", "small")]
            return Reply(pieces=[json.dumps({"data": listed}).encode()])
        if request.path.endswith("/rerank"):
            return relevances(request.body, texts_only=self.texts_only)
        if request.body.get("stream") is False:
            message = {"role": "assistant", "content": request.body["messages"][-1]["content"]}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return Reply(pieces=[json.dumps({"choices": [choice]}).encode()])
        return stream(*_echo(request.body), b"data: [DONE]\n\n")


def _echo(body: dict[str, Any]) -> Iterator[bytes]:
    said = body["messages"][-1]["content"].split(" ")
    words = [word if place == 0 else " " + word for place, word in enumerate(said)]
    yield from (event(content=word) for word in words[: body.get("max_tokens")])
    usage = {"prompt_tokens": len(said), "completion_tokens": len(words)}
    yield b"data: " + json.dumps({"choices": [], "usage": usage}).encode() + b"\n\n"


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    endpoint: ModelEndpoint

    def handle(self) -> None:
        """Serve a connection; clients of these tests leave when they like."""
        with suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self._answer({})
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        is_form = self.headers["Content-Type"].startswith("multipart/")
        self._answer({"form": content.decode("latin-1")} if is_form else json.loads(content))

    def _answer(self, body: dict[str, Any]) -> None:
        reply = self.endpoint.reply(
            Received(self.client_address[1], self.path, dict(self.headers), body)
        )
        if reply.after is not None:
            reply.after.wait(60)
        if not reply.silent:
            self._send(reply)
        if reply.hold:
            self._wait_for_the_end()
        if reply.cut or reply.hold or reply.silent or not reply.chunked:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in reply.pieces:
            framed = b"%x\r\n%s\r\n" % (len(piece), piece) if reply.chunked else piece
            self.wfile.write(framed)
            self.wfile.flush()

    def _wait_for_the_end(self) -> None:
        self.endpoint.holding.set()
        self.connection.settimeout(30)
        if self.connection.recv(1) == b"":
            self.endpoint.gone.set()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve() -> Iterator[ModelEndpoint]:
    """Run an endpoint for the length of a `with` block."""
    handler = type("Handler", (_Handler,), {})
    with _Server(("127.0.0.1", 0), handler) as server:
        endpoint = ModelEndpoint(server.server_port)
        handler.endpoint = endpoint
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
