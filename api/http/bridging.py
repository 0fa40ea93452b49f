"""Word of events between the processes that hold sockets: through Redis, or from one to another.

This is loaded with the first sockets, and python-socketio with it. A manager is made after the
fork: one that is made before has the same id in each worker, and these pass each other's events
over as their own.
"""

import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from socketio import PubSubManager

from api.errors import UnavailableError
from api.redis_clients import Client, redis_errors

log = logging.getLogger(__name__)

MOST_BYTES = 180_000
"""The longest event that goes from a process to another without Redis: a datagram of Linux."""

AGAIN = 1.0
"""Seconds until Redis is asked again that was away."""


class Neighbours(PubSubManager):  # type: ignore[misc]  # python-socketio comes without types
    """Reaches the other processes of this machine, each by a socket in a folder."""

    name = "neighbours"

    def __init__(self, folder: Path) -> None:
        """Open the socket of this process."""
        super().__init__()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / f"{os.getpid()}.sock"
        self.path.unlink(missing_ok=True)
        self.listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.bound(self.listening.bind, self.path)

    def bound(self, act: Callable[[str], object], path: Path) -> None:
        """Do something at a path, however long it is: the system takes some 100 characters."""
        handle = os.open(self.folder, os.O_PATH)
        try:
            act(f"/proc/self/fd/{handle}/{path.name}")
        finally:
            os.close(handle)

    def close(self) -> None:
        """Be found no more; who listens ends with the process."""
        self.path.unlink(missing_ok=True)

    def _publish(self, data: Mapping[str, object]) -> None:
        text = json.dumps(data).encode()
        if len(text) > MOST_BYTES:
            log.warning("An event of %d bytes stays in its process: Redis takes it.", len(text))
            return
        for path in self.folder.glob("*.sock"):
            if path != self.path:
                self._send(path, text)

    def _send(self, path: Path, text: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.settimeout(AGAIN)
            try:
                self.bound(lambda place: out.sendto(text, place), path)
            except (ConnectionRefusedError, FileNotFoundError):  # its process is gone
                path.unlink(missing_ok=True)
            except OSError as error:
                log.warning("An event did not reach %s: %s", path.name, error)

    def _listen(self) -> Iterator[bytes]:
        while True:
            yield self.listening.recv(MOST_BYTES + 1)


class ThroughRedis(PubSubManager):  # type: ignore[misc]  # as above
    """Reaches the processes of all machines; while Redis is away, those of none."""

    name = "redis"

    def __init__(self, make_client: Callable[[], Client]) -> None:
        """Initialize with the way to connect."""
        super().__init__(channel="raglan:sockets")
        self.make_client = make_client
        self.out: Any = None

    def close(self) -> None:
        """Do nothing: the process ends."""

    def _publish(self, data: Mapping[str, object]) -> None:
        try:
            with redis_errors():
                self.out = self.out or self.make_client()
                self.out.publish(self.channel, json.dumps(data).encode())
        except UnavailableError as error:
            log.warning("An event reaches this process alone: %s", error)

    def _listen(self) -> Iterator[bytes]:
        while True:
            try:
                yield from self._heard()
            except UnavailableError as error:
                log.warning("No event of others comes here for a while: %s", error)
                time.sleep(AGAIN)

    def _heard(self) -> Iterator[bytes]:
        with redis_errors():
            client: Any = self.make_client()
            subscription = client.pubsub(ignore_subscribe_messages=True)
            subscription.subscribe(self.channel)
            while True:
                message = subscription.get_message(timeout=AGAIN)
                if message:
                    yield message["data"]


def told_all(manager: PubSubManager) -> None:
    """Be reached no more by other processes."""
    with suppress(OSError):
        manager.close()
