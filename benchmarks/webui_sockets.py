"""Sockets of Open WebUI's clients for `openwebui.py`: Socket.IO 5 on Engine.IO 4, RFC 6455."""

import json
import select
import socket
import struct
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from webui_peer import PATIENCE, Peer

PING, PONG = "2", "3"
CLOSED, ASKED = 8, 9
"""Frames that end a socket, and that ask for a pong."""

LONGEST = 60
"""Seconds in which an answer has to end."""


class Socket:
    """A browser's socket, on which somebody has said who they are."""

    def __init__(self, peer: Peer) -> None:
        """Connect, and say who one is."""
        self.connection = socket.create_connection(("127.0.0.1", peer.port), timeout=PATIENCE)
        self.arrived = b""
        head = (
            "GET /ws/socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{peer.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        self.connection.sendall(head.encode())
        while b"\r\n\r\n" not in self.arrived:
            self.read()
        status, _, self.arrived = self.arrived.partition(b"\r\n\r\n")
        assert b" 101 " in status.partition(b"\r\n")[0], status
        assert self.receive().startswith("0")
        self.send("40" + json.dumps({"token": peer.token}))
        while not self.receive().startswith("40"):
            pass

    def read(self) -> None:
        """Read what has arrived, once something has."""
        piece = self.connection.recv(65_536)
        assert piece, "the socket was closed"
        self.arrived += piece

    def send(self, text: str) -> None:
        """Send a packet, masked with zeros."""
        data = text.encode()
        size = (
            bytes([128 | len(data)]) if len(data) < 126 else b"\xfe" + struct.pack(">H", len(data))
        )
        self.connection.sendall(b"\x81" + size + bytes(4) + data)

    def packet(self) -> str | None:
        """Take the next packet out of what has arrived, if it is there whole."""
        if len(self.arrived) < 2:
            return None
        start, length = 2, self.arrived[1]
        if length >= 126:
            form, start = (">H", 4) if length == 126 else (">Q", 10)
            if len(self.arrived) < start:
                return None
            (length,) = struct.unpack(form, self.arrived[2:start])
        if len(self.arrived) < start + length:
            return None
        kind, data = self.arrived[0] & 15, self.arrived[start : start + length]
        self.arrived = self.arrived[start + length :]
        assert kind != CLOSED, "the socket was closed"
        if kind == ASKED:
            self.connection.sendall(bytes([0x8A, 128 | len(data)]) + bytes(4) + data)
            return self.packet()
        return data.decode()

    def receive(self) -> str:
        """Return the next packet that is no ping."""
        while True:
            text = self.packet()
            if text is None:
                self.read()
            elif text == PING:
                self.send(PONG)
            else:
                return text

    def answer_pings(self) -> None:
        """Read what has arrived, and answer pings."""
        self.read()
        while (text := self.packet()) is not None:
            if text == PING:
                self.send(PONG)


def question(peer: Peer, model: str, text: str = "Who lights the lamp?") -> float:
    """Ask in a new chat, and hear the answer by a socket; return the seconds to its first word.

    It is 0 for an answer that ends with an error.
    """
    heard = Socket(peer)
    with heard.connection:
        asked, answer = str(uuid.uuid4()), str(uuid.uuid4())
        said = {"id": asked, "parentId": None, "childrenIds": [answer], "role": "user"}
        said |= {
            "content": text,
            "timestamp": int(time.time()),
            "models": [model],
        }
        body = {
            "stream": True,
            "model": model,
            "params": {},
            "session_id": "bench",
            "id": answer,
            "message_ids": [{"model_id": model, "message_id": answer, "modelIdx": 0}],
            "parent_id": None,
            "user_message": said,
            "background_tasks": {},
        }
        begun = time.perf_counter()
        peer.call("POST", "/api/chat/completions", json=body)
        first = 0.0
        while True:
            assert time.perf_counter() - begun < LONGEST, f"{peer.name}: the end is not heard"
            told = heard.receive()
            if not first and "word" in told:
                first = time.perf_counter() - begun
            if '"done":true' in told.replace(" ", "") and answer in told:
                return first


@contextmanager
def idle(sockets: Sequence[Socket]) -> Iterator[None]:
    """Answer the pings of sockets on a thread of its own for a `with` block."""
    ended = threading.Event()
    waiting = select.epoll()
    by_number = {one.connection.fileno(): one for one in sockets}
    for number in by_number:
        waiting.register(number, select.EPOLLIN)

    def keep_on() -> None:
        while not ended.is_set():
            for number, _ in waiting.poll(0.2):
                by_number[number].answer_pings()

    thread = threading.Thread(target=keep_on)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        waiting.close()
