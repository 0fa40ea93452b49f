"""Bodies of requests, read so that the other requests of the process go on meanwhile.

A greenlet gives way where it waits, but a client that sends faster than it is read keeps none
waiting. And what a page leaves of a body gunicorn would read in small pieces, for seconds.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import gevent

from api.http.connections import ClientSocket
from api.http.pace import DEFAULTS, Pace, Patiences

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Paced = Callable[[], AbstractContextManager[None]]

AT_ONCE = 256 << 10
"""After so many bytes others get their turn."""

MOST_DISCARDED = 1 << 30
PATIENCE = 5.0
"""Seconds that a client may be silent while the rest of its body is read for nobody."""


class RequestBody:
    """What gunicorn offers as the body of a request, or the same without gunicorn."""

    def __init__(self, source: Any, paced: Paced = nullcontext) -> None:
        """Stand before it; each reading is done within what `paced` returns."""
        self._source = source
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
        # Whatever is wrong with the rest of it: the request has been answered.
        with suppress(Exception, gevent.Timeout):
            for _ in range(MOST_DISCARDED // AT_ONCE):
                with gevent.Timeout(PATIENCE):
                    if not self.read(AT_ONCE):
                        return
        # By this gunicorn knows that no further request can be read from the connection.
        self._source.failed = True

    def _shared(self, read: Callable[[int], bytes], size: int) -> bytes:
        with self._paced():
            data = read(size)
        self._taken += len(data)
        if self._taken >= AT_ONCE:
            self._taken = 0
            gevent.sleep(0)
        return data


def body_of(environ: "WSGIEnvironment", patiences: Patiences = DEFAULTS) -> RequestBody | None:
    """Have the body of a request be read in turns; return it, None if there is none."""
    if environ.get("CONTENT_LENGTH", "") in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    body: Any = RequestBody(environ["wsgi.input"], paced(environ, patiences))
    environ["wsgi.input"] = body
    found: RequestBody = body
    return found


def paced(environ: "WSGIEnvironment", patiences: Patiences) -> Paced:
    """Return what holds a client to its pace; nothing does without our worker of gunicorn."""
    connection = environ.get("gunicorn.socket")
    if not isinstance(connection, ClientSocket):
        return nullcontext
    return partial(connection.body, Pace(environ, patiences))
