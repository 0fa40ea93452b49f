"""Word of events from one process of this machine to another, where there is no Redis.

Each process listens at a socket in a folder. To each other one it has a stream, with what waits
to go there and a thread that sends it, so that none that is slow keeps the others waiting. Nothing
gets lost in a stream; a datagram does: the system takes ten for a process that does not read at
once, and `sendto` of gevent drops one more without an error.
"""

import json
import logging
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from api.http.bridging import Bridge, told_gap

log = logging.getLogger(__name__)

MOST_WAITING = 32 << 20
"""Bytes that wait for a process that does not read: it is told of a gap instead of more."""

MOST_HEARD = 100
"""Events that have come and wait here; more of them wait where they come from."""

SETTLED_NS = 50_000_000
"""For so long after a change a folder is read again: its time may stand still between two."""

LENGTH = 4
"""Bytes of the length before each event."""


class Neighbours(Bridge):
    """Reaches the other processes of this machine, each by a socket in a folder."""

    name = "neighbours"

    def __init__(self, folder: Path, most_waiting: int = MOST_WAITING) -> None:
        """Open the socket of this process."""
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.most_waiting = most_waiting
        self.path = folder / f"{os.getpid()}.sock"
        self.path.unlink(missing_ok=True)
        self.heard: queue.Queue[bytes] = queue.Queue(MOST_HEARD)
        self.ways: dict[Path, Way] = {}
        self.there: set[Path] = set()
        self.changed = 0
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.at(self.path, self.listening.bind)
        self.listening.listen()

    def at(self, path: Path, act: Callable[[str], object]) -> None:
        """Do something at a path, however long it is: the system takes some 100 characters."""
        handle = os.open(self.folder, os.O_PATH)
        try:
            act(f"/proc/self/fd/{handle}/{path.name}")
        finally:
            os.close(handle)

    def close(self) -> None:
        """Be found no more; who listens ends with the process."""
        self.path.unlink(missing_ok=True)

    def tell_gap(self, since: float) -> None:
        """Tell the other processes that events were lost since a time."""
        self.send(told_gap(since))

    def _publish(self, data: Mapping[str, object]) -> None:
        self.send(json.dumps(data).encode())

    def send(self, text: bytes) -> None:
        """Let something go to all others that there are now."""
        there = self.others()
        for path in there:
            way = self.ways.get(path)
            if way is None or way.is_over:
                way = self.ways[path] = Way(path.name, self.most_waiting)
                threading.Thread(target=self.run, args=(path, way), daemon=True).start()
            way.put(text)
        for path in self.ways.keys() - there:
            del self.ways[path]

    def others(self) -> set[Path]:
        """Return where others listen; the folder is read where it has changed."""
        changed = self.folder.stat().st_mtime_ns
        if changed != self.changed or time.time_ns() - changed < SETTLED_NS:
            self.changed = changed
            self.there = {path for path in self.folder.glob("*.sock") if path != self.path}
        return self.there

    def run(self, path: Path, way: "Way") -> None:
        """Send what waits on a way until its process is gone."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as out:
                self.at(path, out.connect)
                way.run(out)
        except (ConnectionError, FileNotFoundError):  # its clients connect to another one
            path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("Events do not reach %s for a while: %s", path.name, error)
        finally:
            way.is_over = True

    def _listen(self) -> Iterator[bytes]:
        threading.Thread(target=self.accept_all, daemon=True).start()
        while True:
            yield from self.events_in(self.heard.get())

    def accept_all(self) -> None:
        """Read from each process that connects."""
        while True:
            connection, _ = self.listening.accept()
            threading.Thread(target=self.read_all, args=(connection,), daemon=True).start()

    def read_all(self, connection: socket.socket) -> None:
        """Take what a process sends, until it ends."""
        with connection, connection.makefile("rb") as stream, suppress(ConnectionError):
            while len(head := stream.read(LENGTH)) == LENGTH:
                self.heard.put(stream.read(int.from_bytes(head, "big")))


class Way:
    """What waits to go to a process, in its order; the one that sends it is a thread."""

    def __init__(self, name: str, most: int) -> None:
        """Initialize with whose it is, and how many bytes may wait."""
        self.name = name
        self.most = most
        self.waiting: queue.Queue[bytes] = queue.Queue()
        self.size = 0
        self.lost_since = 0.0
        self.is_over = False

    def put(self, text: bytes) -> None:
        """Let something wait, or note that it is lost."""
        if self.lost_since or self.size + len(text) > self.most:
            if not self.lost_since:
                log.warning("%s does not read for long: it will look for itself.", self.name)
            self.lost_since = self.lost_since or time.time()
            return
        self.size += len(text)
        self.waiting.put(text)

    def run(self, out: socket.socket) -> None:
        """Send what waits, for good; raises OSError where the process is gone."""
        while True:
            text = self.next()
            out.sendall(len(text).to_bytes(LENGTH, "big") + text)

    def next(self) -> bytes:
        """Return what goes next: when all that waited has gone, word of what was lost."""
        if self.lost_since and self.waiting.empty():
            since, self.lost_since = self.lost_since, 0.0
            return told_gap(since)
        text = self.waiting.get()
        self.size -= len(text)
        return text
