"""A proxy that adds an API key to every request, for clients that have no place for one."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OF_THE_LINE = {"connection", "transfer-encoding", "content-length"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    target = 0
    key = ""

    def handle(self) -> None:
        """Serve a connection; clients leave when they like."""
        with suppress(ConnectionError):
            super().handle()

    def pass_on(self) -> None:
        """Send a request on as it is, with the key, and its answer back."""
        length = int(self.headers.get("Content-Length", 0))
        headers = {**dict(self.headers), "Authorization": f"Bearer {self.key}"}
        with closing(HTTPConnection("127.0.0.1", self.target, timeout=60)) as line:
            line.request(self.command, self.path, self.rfile.read(length), headers)
            answer = line.getresponse()
            content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_LINE:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_DELETE = pass_on  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def keyed(port: int, key: str) -> Iterator[str]:
    """Run a proxy before a port of this machine for a `with` block; return its address."""
    handler = type("Handler", (_Handler,), {"target": port, "key": key})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{proxy.server_port}"
        finally:
            proxy.shutdown()
            thread.join()
