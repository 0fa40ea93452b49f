"""What happens around every request, below Flask: request id, health, access log."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from api.http import guards
from api.http.bodies import RequestBody, body_of
from api.http.fronting import Front
from api.http.guards import Guards
from api.http.outcome import refusal_of
from api.http.pace import DEFAULTS, TENANT
from api.http.paths import IDENTITY, without_keys
from api.http.rates import TAKEN, rate_headers
from api.logs import FIELDS, request_id
from api.observability.definitions import IN_FLIGHT, REQUEST_SECONDS, REQUESTS
from api.observability.recorder import NOTHING, Recorder

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from api.http.auditing import Audit
    from api.http.dialects import Dialects
    from api.http.sockets import Sockets

log = logging.getLogger("raglan.access")

HEADER = "X-Request-Id"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
UNMATCHED = "unmatched"
UNANSWERED = "none"
SUCCESS = 0
"""What metrics say of methods and addresses that anybody can make up, of no answer at all, and the
code of an answer that is no refusal."""

SOCKETS = "/ws/socket.io"
"""Where the sockets of Open WebUI's clients are."""

JSON = "application/json"
MOST_KEPT = 16384
"""Bytes of a JSON body that the audit log may look at."""

HEALTHY = b'{"status":true}'


class Middleware:
    """Gives each request an id, answers `/health`, and writes the access log.

    An id that the client sends in `X-Request-Id` is kept when it is sane. `/health` is answered
    before Flask and is not logged: it is asked every few seconds and says nothing but that the
    process takes requests.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        """Wrap a WSGI application."""
        self.app = app
        self.access_log = True
        self.recorder = NOTHING
        self.patiences = DEFAULTS
        self.front = Front()
        self.dialects: Dialects | None = None
        self.sockets: Sockets | None = None
        self.guards = guards.DEFAULTS
        self.audit: Audit | None = None

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        identity = identity_of(environ.get("HTTP_X_REQUEST_ID", ""))
        received = body_of(environ, self.patiences)
        if received is not None and environ.get("CONTENT_TYPE", "").startswith(JSON):
            received.keep(MOST_KEPT)
        if environ["PATH_INFO"] == "/health":
            if received is not None:
                received.discard()
            return healthy(start_response, identity)
        if self.sockets is not None and environ["PATH_INFO"].startswith(SOCKETS):
            return self.sockets.answer(environ, start_response)
        request_id.set(identity)
        environ[IDENTITY] = identity
        self.front.look(environ)
        if self.dialects is not None:
            self.dialects.lead(environ)
        answer = Answer(
            environ, start_response, identity, self.recorder, self.guards, logged=self.access_log
        )
        answer.audit = self.audit
        answer.received = received
        try:
            answer.body = self.app(environ, answer.start)
        except BaseException:  # what ends a greenlet, too: an answer that began has to end
            answer.close()
            raise
        return answer


def identity_of(given: str) -> str:
    """Return the id of a request: that of the client if it is sane, else a new one."""
    return given if given and SANE_ID.fullmatch(given) else os.urandom(8).hex()


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
        recorder: Recorder,
        guards: Guards,
        *,
        logged: bool,
    ) -> None:
        """Begin to measure."""
        recorder.count(IN_FLIGHT)
        self.recorder = recorder
        self.guards = guards
        self.environ = environ
        self.start_response = start_response
        self.identity = identity
        self.logged = logged
        self.received: RequestBody | None = None
        self.audit: Audit | None = None
        self.kept: bytes | None = None
        self.endpoint = ""
        self.path = ""
        self.body: Iterable[bytes] = ()
        self.status = ""
        self.sent = 0
        self.route = UNMATCHED
        self.begun = time.perf_counter()

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Pass status and headers on, with the request id."""
        self.status = status[:3]
        # Flask has its request here as long as it makes the answer; without a rule nothing
        # matched the address.
        asked = self.environ.get("werkzeug.request")
        rule = getattr(asked, "url_rule", None)
        if rule is not None:
            self.route = rule.rule
        if self.audit is not None:
            self.audit.look(self, asked)
        if self.audit is not None and self.audit.answers:
            self.keep(dict(headers), self.audit.most)
        self.guards.add(headers, self.environ)
        if TAKEN in self.environ:
            headers += rate_headers(self.environ[TAKEN])
        headers.append((HEADER, self.identity))
        return self.start_response(status, headers, exc_info)

    def __iter__(self) -> Iterator[bytes]:
        """Pass the blocks of the body on."""
        for block in self.body:
            self.sent += len(block)
            if self.kept is not None:
                self.kept += block
            yield block

    def close(self) -> None:
        """Close the body, write the line of the access log, and read what came and was not read."""
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
        finally:
            elapsed = time.perf_counter() - self.begun
            self.record(elapsed)
            if self.logged:
                self.write_line(elapsed * 1000)
            if self.audit is not None:
                self.audit.note(self, elapsed * 1000)
            if self.received is not None:
                self.received.discard()

    def keep(self, headers: dict[str, str], most: int) -> None:
        """Keep the body for the audit log, if it is JSON of no more than so many bytes.

        A file of a user that is JSON is none of ours.
        """
        is_plain = not headers.keys() & {"Content-Encoding", "Content-Disposition"}
        is_json = is_plain and headers.get("Content-Type") == JSON
        if is_json and int(headers.get("Content-Length", most + 1)) <= most:
            self.kept = b""

    @property
    def code(self) -> int:
        """Return the code of the envelope; a door without one has it for the log alone."""
        refusal = refusal_of(self.environ)
        return SUCCESS if refusal is None else refusal.code

    def record(self, elapsed: float) -> None:
        """Count the answer and the seconds it took."""
        method = self.environ["REQUEST_METHOD"]
        method = method if method in METHODS else OTHER
        self.recorder.count(IN_FLIGHT, by=-1)
        status, code = self.status or UNANSWERED, str(self.code)
        self.recorder.count(REQUESTS, self.route, method, status, code)
        self.recorder.observe(REQUEST_SECONDS, elapsed, self.route, method)

    def write_line(self, elapsed: float) -> None:
        """Write who asked for what, how it went and how many milliseconds it took."""
        method = self.environ["REQUEST_METHOD"]
        # As it was sent: percent-encoded, so that nobody can break a line of the log.
        path = without_keys(self.environ["RAW_URI"].partition("?")[0])
        tenant = self.environ.get(TENANT, "-")
        address = self.environ.get("REMOTE_ADDR", "-")
        log.info(
            "%s %s %s %.1fms %dB tenant=%s code=%d from=%s",
            method,
            path,
            self.status,
            elapsed,
            self.sent,
            tenant,
            self.code,
            address,
            extra={
                FIELDS: {
                    "method": method,
                    "path": path,
                    "status": int(self.status or 0),
                    "code": self.code,
                    "duration_ms": round(elapsed, 1),
                    "bytes": self.sent,
                    "tenant": tenant,
                    "address": address,
                }
            },
        )
