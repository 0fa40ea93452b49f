"""Bodies of requests, read so that the other requests of the process go on meanwhile.

A greenlet gives way where it waits, but a client that sends faster than it is read keeps none
waiting. And what a page leaves of a body gunicorn would read in small pieces, for seconds.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import ClientDisconnected

from api.errors import ArgumentError
from api.http.connections import ClientSocket
from api.http.pace import DEFAULTS, Pace, Patiences

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Paced = Callable[[], AbstractContextManager[None]]

AT_ONCE = 64 << 10
"""After so many bytes others get their turn."""

ANNOUNCED = re.compile("[0-9]{1,18}")
"""A length of which it can be told when all of a body has come."""

MOST_DISCARDED = 1 << 30
MALFORMED = (
    "The body of the request cannot be read: its chunks are malformed or break off (RFC 9112, 7.1)."
)
PATIENCE = 5.0
"""Seconds that a client may be silent while the rest of its body is read for nobody."""


class RequestBody:
    """What gunicorn offers as the body of a request, or the same without gunicorn."""

    def __init__(
        self,
        source: Any,
        paced: Paced = nullcontext,
        connection: ClientSocket | None = None,
        left: int = -1,
    ) -> None:
        """Wrap the body; each reading is done within what `paced` returns.

        `left` is how many bytes it has, negative where nobody knows.
        """
        self._source = source
        self._connection = connection
        self._paced = paced
        self._taken = 0
        self._left = left
        self._kept: bytearray | None = None
        self._most = 0
        self.received = 0

    def keep(self, most: int) -> None:
        """Keep the body for who looks at it later, if it has no more than so many bytes."""
        self._kept, self._most = bytearray(), most

    @property
    def kept(self) -> bytes | None:
        """Return what has come of the body; None if that is too long, or not to be kept."""
        if self._kept is None or self.received > self._most:
            return None
        return bytes(self._kept)

    def at_once(self, most: int) -> bytes | None:
        """Return the whole of a short body of at most so many bytes; None for any other.

        Raises ClientDisconnected where less comes than was announced.
        """
        announced = self._left
        if self.received or not 0 <= announced <= min(most, AT_ONCE):
            return None
        data = self.read(announced)
        if len(data) < announced:
            raise ClientDisconnected
        return data

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes, all that are left by default."""
        return self._shared(self._source.read, size)

    def readline(self, size: int = -1) -> bytes:
        """Return the next line, or the beginning of one."""
        return self._shared(self._source.readline, size)

    def discard(self) -> None:
        """Read what nobody has asked for, so that the client gets to see its answer.

        Where that takes too long, or the client does, gunicorn closes the connection instead.
        """
        if self._left == 0 or getattr(self._source, "failed", False):
            return
        if self._connection is not None and self._connection.expectant:
            self._source.failed = True  # the client was not asked for its body and keeps it
            return
        # Whatever is wrong with the rest of it: the request has been answered.
        with suppress(Exception, gevent.Timeout):
            for _ in range(MOST_DISCARDED // AT_ONCE):
                with gevent.Timeout(PATIENCE):
                    if not self.read(AT_ONCE):
                        return
        # By this gunicorn knows that no further request can be read from the connection.
        self._source.failed = True

    def _shared(self, read: Callable[[int], bytes], size: int) -> bytes:
        data = self._read(read, size)
        self._taken += len(data)
        self.received += len(data)
        if self._kept is not None and self.received <= self._most:
            self._kept += data
        self._left -= len(data)
        if self._taken >= AT_ONCE:
            self._taken = 0
            gevent.sleep(0)
        return data

    def _read(self, read: Callable[[int], bytes], size: int) -> bytes:
        if self._connection is not None:
            self._connection.go_on()
        try:
            with self._paced():
                return read(size)
        except (ParseException, NoMoreData) as error:
            if self._connection is not None:
                self._connection.close_after_answer()
            raise ArgumentError(MALFORMED) from error


def body_of(environ: "WSGIEnvironment", patiences: Patiences = DEFAULTS) -> RequestBody | None:
    """Wrap the body of a request to be read in turns; return it, None if there is none.

    Without our worker of gunicorn nothing holds a client to its pace.
    """
    length = environ.get("CONTENT_LENGTH", "")
    if length in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    is_announced = "HTTP_TRANSFER_ENCODING" not in environ and ANNOUNCED.fullmatch(length)
    left = int(length) if is_announced else -1
    source: Any = environ["wsgi.input"]
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, ClientSocket):
        paced = partial(connection.body, Pace(environ, patiences))
        body = RequestBody(source, paced, connection, left)
    else:
        body = RequestBody(source, left=left)
    environ["wsgi.input"] = body
    return body
