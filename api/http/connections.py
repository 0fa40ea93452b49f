"""Connections of clients, which may not keep the server waiting for ever."""

import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RD
from typing import Any

from gevent.socket import socket

from api.errors import RaglanError, UnavailableError
from api.http.crowd import Crowd
from api.http.pace import Pace
from api.http.proxies import site_of

log = logging.getLogger(__name__)

CROWDED = (
    "Too many connections wait for their clients, and this one had waited longest: send the"
    " request again."
)


class ClientSocket(socket):  # type: ignore[misc]  # gevent comes without types
    """A connection to a client that may be given a pace for what is read from it."""

    def __init__(self, accepted: Any, address: str, crowd: Crowd, patience: float) -> None:
        """Wrap an accepted socket of a client at this address.

        `patience` is for how many seconds the client may take nothing of its answer.
        """
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.address = address
        self.site = site_of(address)
        self.request: Any = None
        self.expectant = False
        self._crowd = crowd
        self._patience = patience
        self._pace: Pace | None = None
        self._dropped = False

    @contextmanager
    def body(self, pace: Pace) -> Iterator[None]:
        """Apply the pace of a body while it is read in a `with` block."""
        self._pace = pace
        if not pace.is_known:
            self._crowd.waits(self)
        try:
            yield
        finally:
            self._pace = None
            self._crowd.goes_on(self)

    def drop(self) -> None:
        """Read nothing more, also where reading has begun; what was asked for is answered."""
        self._dropped = True
        with suppress(OSError):  # the client may be gone
            self.shutdown(SHUT_RD)

    def recv(self, *args: int) -> bytes:
        """Return what has come; raises an error for a body that the server waits for no longer."""
        if self._pace is None:
            return self._received(*args)
        data = self._paced(self._pace, *args)
        if self._dropped and not data:
            raise self._cut_off(UnavailableError(CROWDED))
        return data

    def send(self, data: Any, flags: int = 0, **given: Any) -> int:
        """Send a part of what is given; ends the connection with a client that takes nothing."""
        self.settimeout(self._patience)
        try:
            sent: int = super().send(data, flags, **given)
        except TimeoutError:
            log.info("%s took nothing of its answer for %.0f s.", self.address, self._patience)
            # As gunicorn knows clients that are gone: it writes no traceback about them.
            raise BrokenPipeError(errno.EPIPE, "The client does not read its answer.") from None
        finally:
            self.settimeout(None)
        return sent

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of some bytes; gevent's way is for what the system does not take at once."""
        sent = self.send(data, flags)
        if sent < len(data):
            super().sendall(memoryview(data)[sent:], flags)

    def _paced(self, pace: Pace, *args: int) -> bytes:
        patience = pace.begin()
        if patience <= 0:
            raise self._cut_off(pace.too_slow())
        self.settimeout(patience)
        try:
            data = self._received(*args)
        except TimeoutError:
            pace.end(0)
            raise self._cut_off(pace.too_slow()) from None
        finally:
            self.settimeout(None)
        pace.end(len(data))
        return data

    def _received(self, *args: int) -> bytes:
        try:
            data: bytes = super().recv(*args)
        except TimeoutError:
            raise
        except OSError:
            if not self._dropped:  # else gevent has told who waited that there is no use in it
                raise
            return b""
        return data

    def _cut_off(self, error: RaglanError) -> RaglanError:
        """Record that no further request can be read from here."""
        log.info("%s is cut off. %s", self.address, error)
        self.close_after_answer()
        return error

    def close_after_answer(self) -> None:
        """Read no further request from this connection, and say so in the answer."""
        if self.request is not None:
            self.request.must_close = True

    def go_on(self) -> None:
        """Send 100 Continue to a client that waits for it before its body."""
        if self.expectant:
            self.expectant = False
            self.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
