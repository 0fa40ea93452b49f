"""Connections of clients, whose bodies may not keep the server waiting for ever."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gevent.socket import socket

from api.errors import RaglanError
from api.http.pace import Pace

log = logging.getLogger(__name__)


class ClientSocket(socket):  # type: ignore[misc]  # gevent comes without types
    """A connection to a client that may be given a pace for what is read from it."""

    def __init__(self, accepted: Any, address: str) -> None:
        """Take over an accepted socket of somebody at this address."""
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        self.address = address
        self.request: Any = None
        self._pace: Pace | None = None

    @contextmanager
    def body(self, pace: Pace) -> Iterator[None]:
        """Go by the pace of a body while it is read in a `with` block."""
        self._pace = pace
        try:
            yield
        finally:
            self._pace = None

    def recv(self, *args: int) -> bytes:
        """Return what has come; raises SlowBodyError for a body that is too slow."""
        if self._pace is None:
            return self._received(*args)
        return self._paced(self._pace, *args)

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
        data: bytes = super().recv(*args)
        return data

    def _cut_off(self, error: RaglanError) -> RaglanError:
        """Note that no further request can be read from here."""
        log.info("%s is cut off. %s", self.address, error)
        if self.request is not None:
            self.request.must_close = True
        return error
