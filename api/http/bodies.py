"""Bodies of requests, read so that the other requests of the process go on meanwhile.

A greenlet gives way where it waits, but a client that sends faster than it is read keeps none
waiting. And what a page leaves of a body gunicorn would read in small pieces, for seconds.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent
from gunicorn.http.errors import NoMoreData, ParseException

from api.errors import ArgumentError
from api.http.connections import ClientSocket
from api.http.pace import DEFAULTS, Pace, Patiences

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Paced = Callable[[], AbstractContextManager[None]]

AT_ONCE = 64 << 10
"""After so many bytes others get their turn."""

MOST_DISCARDED = 1 << 30
MALFORMED = (
    "The body of the request cannot be read: its chunks are malformed or break off (RFC 9112, 7.1)."
)
PATIENCE = 5.0
"""Seconds that a client may be silent while the rest of its body is read for nobody."""


class RequestBody:
    """What gunicorn offers as the body of a request, or the same without gunicorn."""

    def __init__(
        self, source: Any, paced: Paced = nullcontext, connection: ClientSocket | None = None
    ) -> None:
        """Wrap the body; each reading is done within what `paced` returns."""
        self._source = source
        self._connection = connection
        self._paced = paced
        self._taken = 0

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
        if getattr(self._source, "failed", False):
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
    if environ.get("CONTENT_LENGTH", "") in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    source: Any = environ["wsgi.input"]
    connection = environ.get("gunicorn.socket")
    if isinstance(connection, ClientSocket):
        paced = partial(connection.body, Pace(environ, patiences))
        body = RequestBody(source, paced, connection)
    else:
        body = RequestBody(source)
    environ["wsgi.input"] = body
    return body
