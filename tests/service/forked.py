"""Web servers that are forked from a process which has loaded their code; see `zygote`."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.running import ROOT

GUNICORN = ("-k", "gevent", "-c", "gunicorn_config.py", "api.apps:app")

LONGEST = 32
"""Bytes of a number."""


class Forked(subprocess.Popen[bytes]):
    """A process of which another one is the parent, and tells how it has ended."""

    def __init__(self, line: socket.socket) -> None:
        """Read the number of the process."""
        self.args = GUNICORN
        self.returncode = None
        self.stdin = self.stdout = self.stderr = None
        self._line = line
        self.pid = self._number()

    def poll(self) -> int | None:
        """Return the status if it has ended."""
        if self.returncode is None and select.select([self._line], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the status."""
        if self.returncode is None:
            if not select.select([self._line], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def _end(self) -> None:
        self.returncode = self._number()
        self._line.close()

    def _number(self) -> int:
        told = self._line.recv(LONGEST)
        assert told, "the process that forks servers has ended"
        return int(told)


@cache
def zygote() -> tuple[socket.socket, "subprocess.Popen[bytes]"]:
    """Start the process, once in a run of tests; it ends with this one, which holds the socket."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        started = subprocess.Popen(
            [sys.executable, "-m", "tests.service.zygote", str(theirs.fileno()), *GUNICORN],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    return ours, started


def forked(environment: Mapping[str, str], log: Path) -> Forked:
    """Start a web server, which appends what it prints to a file."""
    asked = json.dumps({"environment": dict(environment), "log": str(log)}).encode()
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(zygote()[0], [asked], [theirs.fileno()])
        return Forked(ours)
