"""A TCP proxy that goes silent, as a dead firewall does: it still accepts and acknowledges."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.running import free_port

LOOK_SECONDS = 0.05


class Line:
    """A connection through the proxy; what is sent on one that `is_dead` is read and forgotten."""

    def __init__(self, client: socket.socket, server: socket.socket | None) -> None:
        """Join two ends; without the server's the line was dead from its beginning."""
        self.client = client
        self.server = server
        self.is_dead = server is None

    def close(self) -> None:
        """Close both ends."""
        for end in (self.client, self.server):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()


class Proxy:
    """Passes connections on to a port of this machine, for as long as it is entered."""

    def __init__(self, target: int) -> None:
        """Initialize with the port."""
        self.target = target
        self.port = free_port()
        self.lines: list[Line] = []
        self._is_silent = False
        self._is_over = threading.Event()
        self._flows = threading.Event()
        self._flows.set()
        self._threads: list[threading.Thread] = []

    @property
    def address(self) -> str:
        """Return where it listens."""
        return f"127.0.0.1:{self.port}"

    def silence(self) -> None:
        """Pass nothing on any more: not for the lines there are, not for new ones."""
        self._is_silent = True
        for line in self.lines:
            line.is_dead = True

    def restore(self) -> None:
        """Pass on what new lines say; the old ones stay dead for ever."""
        self._is_silent = False

    def stall(self) -> None:
        """Buffer what is said, as a server does that was stopped."""
        self._flows.clear()

    def flow(self) -> None:
        """Pass on what was kept, though its sender may be gone."""
        self._flows.set()

    def accept(self, listening: socket.socket) -> None:
        """Accept connections until the end."""
        while not self._is_over.is_set():
            with suppress(TimeoutError):
                client, _ = listening.accept()
                client.settimeout(None)
                self._join(client)

    def end(self) -> None:
        """Close everything."""
        self._is_over.set()
        self._flows.set()
        for line in self.lines:
            line.close()
        for thread in self._threads:
            thread.join()

    def begin(self, listening: socket.socket) -> None:
        """Accept from now on."""
        self._start(self.accept, listening)

    def _join(self, client: socket.socket) -> None:
        server = None
        if not self._is_silent:
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                return
        line = Line(client, server)
        self.lines.append(line)
        self._start(self._pump, line, client, server)
        if server is not None:
            self._start(self._pump, line, server, client)

    def _pump(self, line: Line, source: socket.socket, target: socket.socket | None) -> None:
        with suppress(OSError):
            while said := source.recv(1 << 16):
                self._flows.wait()
                if target is not None and not line.is_dead:
                    target.sendall(said)
            if target is not None and not line.is_dead:
                target.shutdown(socket.SHUT_WR)

    def _start(self, function: object, *arguments: object) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()


@contextmanager
def proxy_to(target: int) -> Iterator[Proxy]:
    """Run a proxy to a port for a `with` block."""
    proxy = Proxy(target)
    with socket.create_server(("127.0.0.1", proxy.port), backlog=512) as listening:
        listening.settimeout(LOOK_SECONDS)
        proxy.begin(listening)
        try:
            yield proxy
        finally:
            proxy.end()
