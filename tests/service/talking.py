"""Requests as bytes on a socket, for clients that do what no library would."""

import json
import select
import socket
from dataclasses import dataclass
from typing import Any

from tests.running import PATIENCE, Server


@dataclass(frozen=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        """Return the body as JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


def connect(server: Server, source: str = "127.0.0.1") -> socket.socket:
    """Return a connection to a server from a loopback address."""
    return socket.create_connection(("127.0.0.1", server.port), PATIENCE, (source, 0))


def head(path: str, method: str = "POST", **headers: object) -> bytes:
    """Return the line and headers of a request; an underscore stands for a hyphen."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def answered(connection: socket.socket, within: float) -> bool:
    """Wait so many seconds for an answer or the end; tell whether there is one."""
    return bool(select.select([connection], [], [], within)[0])


def reply_of(connection: socket.socket) -> Reply:
    """Return the next answer, which has an announced length."""
    file = connection.makefile("rb")
    status = int(file.readline().split()[1])
    pairs = (line.decode().partition(":") for line in iter(file.readline, b"\r\n"))
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    return Reply(status, headers, file.read(int(headers["content-length"])))


def ended(connection: socket.socket) -> bool:
    """Wait for the end of a connection; tell whether nothing came before it."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
