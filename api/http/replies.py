"""Answers on the wire: gunicorn's, with less work for each."""

import time
from functools import lru_cache
from typing import Any

from gunicorn import util
from gunicorn.http.wsgi import Response

APART = 64 << 10
"""From so many bytes on a block is sent by itself: to join it with the head would copy it."""


class Reply(Response):  # type: ignore[misc]  # gunicorn comes without types
    """An answer whose head leaves together with its first block."""

    headers_sent: bool

    def __init__(self, *args: Any) -> None:
        """Begin with nothing to send."""
        super().__init__(*args)
        self._head = b""

    def default_headers(self) -> list[str]:
        """Return the lines before those of the application."""
        major, minor = self.req.version
        lines = [
            f"HTTP/{major}.{minor} {self.status}\r\n",
            f"Server: {self.version}\r\n",
            f"Date: {date_at(int(time.time()))}\r\n",
            f"Connection: {self.connection}\r\n",
        ]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked\r\n")
        return lines

    @property
    def connection(self) -> str:
        """Return what becomes of the connection after this answer."""
        if self.upgrade:
            return "upgrade"
        return "close" if self.should_close() else "keep-alive"

    def write(self, arg: bytes) -> None:
        """Send a block; an empty one sends the head of an answer that is still to come."""
        if self.headers_sent or not arg:
            super().write(arg)
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers)]
        self._head = ("".join(lines) + "\r\n").encode("latin-1")
        self.headers_sent = True
        super().write(arg)
        if self._head:  # of the block nothing was to be sent
            self._emit_body(b"")

    def _emit_body(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if self.chunked and data:
            data = b"%X\r\n%s\r\n" % (len(data), data)
        if head and len(data) < APART:
            data, head = head + data, b""
        for part in (head, data):
            if part:
                self.sock.sendall(part)


@lru_cache(maxsize=2)
def date_at(second: int) -> str:
    """Return a second since 1970 as the header `Date` has it: the same for all answers in it."""
    return str(util.http_date(second))
