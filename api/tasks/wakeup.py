"""Telling the processes of this machine at once that there is something to do."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path


class Alarm:
    """What somebody waits at."""

    def __init__(self, listening: socket.socket) -> None:
        """Wait at a datagram socket."""
        self._listening = listening

    def wait(self, seconds: float) -> bool:
        """Return when somebody calls `wake`, or after so many seconds; tell whether one called."""
        poll = select.poll()
        poll.register(self._listening, select.POLLIN)
        called = bool(poll.poll(seconds * 1000))
        with suppress(BlockingIOError):
            while self._listening.recv(1):
                pass
        return called


class Wakeup:
    """A folder in which everybody who waits has a socket.

    A call that nobody hears costs no more than the interval at which they look anyway, so
    whatever goes wrong here is passed over.
    """

    def __init__(self, folder: Path) -> None:
        """Initialize with the folder; it is made by the first who waits."""
        self._folder = folder
        self._numbers = count()

    def wake(self) -> None:
        """Wake all of this machine who wait."""
        with suppress(OSError), _short_path(self._folder) as short:
            for path in self._folder.glob("*.wake"):
                if not _ring(f"{short}/{path.name}"):
                    path.unlink(missing_ok=True)

    @contextmanager
    def alarm(self) -> Iterator[Alarm]:
        """Yield what to wait on for a `with` block."""
        path = self._folder / f"{os.getpid()}-{next(self._numbers)}.wake"
        with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
            listening.settimeout(0)
            try:
                self._bind(listening, path)
                yield Alarm(listening)
            finally:
                with suppress(OSError):
                    path.unlink()

    def _bind(self, listening: socket.socket, path: Path) -> None:
        """Publish a socket's address; one that is not published just receives nothing."""
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            with _short_path(self._folder) as short:
                listening.bind(f"{short}/{path.name}")


def _ring(path: str) -> bool:
    """Send a datagram; false if nobody has that socket any more."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sending:
        sending.settimeout(0)
        try:
            sending.sendto(b"!", path)
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except BlockingIOError:
            return True  # it has been told before and not looked yet
    return True


@contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    """Return another path of a folder that fits the 108 bytes of a socket's address."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)
