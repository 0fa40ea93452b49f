"""Bodies of requests, read so that the other requests of the process go on meanwhile.

A greenlet gives way where it waits, but a client that sends faster than it is read keeps none
waiting. And what a page leaves of a body gunicorn would read in small pieces, for seconds.
"""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

AT_ONCE = 256 << 10
"""After so many bytes others get their turn."""

MOST_DISCARDED = 1 << 30
PATIENCE = 5.0
"""Seconds that a client may be silent while the rest of its body is read for nobody."""


class RequestBody:
    """What gunicorn offers as the body of a request, or the same without gunicorn."""

    def __init__(self, source: Any) -> None:
        """Stand before it."""
        self._source = source
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        """Return at most so many bytes, all that are left by default."""
        return self._shared(self._source.read(size))

    def readline(self, size: int = -1) -> bytes:
        """Return the next line, or the beginning of one."""
        return self._shared(self._source.readline(size))

    def discard(self) -> None:
        """Read what nobody has asked for, so that the client gets to see its answer.

        Where that takes too long, or the client does, gunicorn closes the connection instead.
        """
        # Whatever is wrong with the rest of it: the request has been answered.
        with suppress(Exception, gevent.Timeout):
            for _ in range(MOST_DISCARDED // AT_ONCE):
                with gevent.Timeout(PATIENCE):
                    if not self.read(AT_ONCE):
                        return
        # By this gunicorn knows that no further request can be read from the connection.
        self._source.failed = True

    def _shared(self, data: bytes) -> bytes:
        self._taken += len(data)
        if self._taken >= AT_ONCE:
            self._taken = 0
            gevent.sleep(0)
        return data


def body_of(environ: "WSGIEnvironment") -> RequestBody | None:
    """Have the body of a request be read in turns; return it, None if there is none."""
    if environ.get("CONTENT_LENGTH", "") in {"", "0"} and "HTTP_TRANSFER_ENCODING" not in environ:
        return None
    body: Any = RequestBody(environ["wsgi.input"])
    environ["wsgi.input"] = body
    found: RequestBody = body
    return found
