"""A site of the web on this machine, which answers as it is told and keeps what it was asked."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple


class Answer(NamedTuple):
    """What the site has at an address."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = {}


class Site:
    """A site that runs; `answers` are by path."""

    def __init__(self, url: str) -> None:
        """Begin with nothing at any address."""
        self.url = url
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str]] = []

    def has(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Put something at an address and return that; names of headers have `_` for `-`."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = Answer(body, status, told)
        return f"{self.url}{path}"


@contextmanager
def running_site(tls: tuple[Path, Path] | None = None) -> Iterator[Site]:
    """Run a site; with the paths of a key and a certificate it speaks https."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, self.headers["Host"] or ""))
            answer = site.answers.get(self.path, Answer(status=404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls[1], tls[0])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site = Site(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
