"""What happens around every request, below Flask: request id, health, access log."""

import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from api.logs import FIELDS, request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("raglan.access")

HEADER = "X-Request-Id"
TENANT = "raglan.tenant"
"""Where in a WSGI environment stands which tenant a request was let in for."""

SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HEALTHY = b'{"status":"ok"}'


class Middleware:
    """Gives each request an id, answers `/health`, and writes the access log.

    An id that the client sends in `X-Request-Id` is kept when it is sane. `/health` is answered
    before Flask and is not logged: it is asked every few seconds and says nothing but that the
    process takes requests.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        """Stand before a WSGI application."""
        self.app = app
        self.access_log = True

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        identity = environ.get("HTTP_X_REQUEST_ID", "")
        if not identity or SANE_ID.fullmatch(identity) is None:
            identity = secrets.token_hex(8)
        if environ["PATH_INFO"] == "/health":
            return healthy(start_response, identity)
        request_id.set(identity)
        answer = Answer(environ, start_response, identity, logged=self.access_log)
        answer.body = self.app(environ, answer.start)
        return answer


def healthy(start_response: "StartResponse", identity: str) -> list[bytes]:
    """Answer that this process takes requests."""
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(HEALTHY))),
        (HEADER, identity),
    ]
    start_response("200 OK", headers)
    return [HEALTHY]


class Answer:
    """An answer on its way out: it gets the request id, is measured, and logged at its end."""

    def __init__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        identity: str,
        *,
        logged: bool,
    ) -> None:
        """Begin to measure."""
        self.environ = environ
        self.start_response = start_response
        self.identity = identity
        self.logged = logged
        self.body: Iterable[bytes] = ()
        self.status = ""
        self.sent = 0
        self.begun = time.perf_counter()

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Pass status and headers on, with the request id."""
        self.status = status[:3]
        headers.append((HEADER, self.identity))
        return self.start_response(status, headers, exc_info)

    def __iter__(self) -> Iterator[bytes]:
        """Pass the blocks of the body on."""
        for block in self.body:
            self.sent += len(block)
            yield block

    def close(self) -> None:
        """Close the body and write the line of the access log."""
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        finally:
            if self.logged:
                self.write_line()

    def write_line(self) -> None:
        """Write who asked for what, how it went and how long it took."""
        method = self.environ["REQUEST_METHOD"]
        # As it was sent: percent-encoded, so that nobody can break a line of the log.
        path = self.environ["RAW_URI"].partition("?")[0]
        tenant = self.environ.get(TENANT, "-")
        elapsed = (time.perf_counter() - self.begun) * 1000
        log.info(
            "%s %s %s %.1fms %dB tenant=%s",
            method,
            path,
            self.status,
            elapsed,
            self.sent,
            tenant,
            extra={
                FIELDS: {
                    "method": method,
                    "path": path,
                    "status": int(self.status or 0),
                    "duration_ms": round(elapsed, 1),
                    "bytes": self.sent,
                    "tenant": tenant,
                }
            },
        )
