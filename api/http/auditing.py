"""The audit log: what becomes an entry of a request.

What decides who may do what is written before the answer goes out, so that who was answered is in
the log. All else waits in memory until the answer has gone, if the settings want it at all.
"""

import re
import time
from collections.abc import Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

import orjson
from flask import Flask, Response, request
from flask.globals import request_ctx

from api.config.guarding import AuditSettings
from api.config.wordings import matching, paths_of
from api.http.admission import WHO
from api.http.context import services
from api.http.current import this_request
from api.http.events import TAKE_FILES, kind_of
from api.http.outcome import refusal_of
from api.http.paths import IDENTITY, without_keys
from api.services.accounts.records import Principal
from api.services.auditing.records import Entry, Kind, Outcome
from api.services.auditing.redaction import (
    NAMES,
    plain_text,
    redacted,
    redacted_json,
    redacted_query,
    size_of,
)
from api.services.auditing.trail import Trail
from rag.addresses import HIDDEN

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from api.http.bodies import RequestBody

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
"""What is kept of what somebody signs in with; a password that was typed there is not like it."""

AUDITED = "raglan.audited"
"""Where the environ of a request says that it is in the log already."""

OVERSEEN = "raglan.overseen"
"""Where the environ of a request says that it showed somebody what is another person's."""

LEVELS = ("none", "metadata", "request", "request_response")


class Seen(NamedTuple):
    """What is known of a request when its answer has gone; bodies are None where none are kept."""

    time: int
    endpoint: str
    status: int
    milliseconds: int
    environ: "WSGIEnvironment"
    path: str
    asked: bytes | None
    asked_size: int
    answered: bytes | None
    answered_size: int


class Answered(Protocol):
    """An answer as the middleware has it."""

    environ: "WSGIEnvironment"
    endpoint: str
    path: str
    status: str
    sent: int
    kept: bytes | None
    received: "RequestBody | None"


class Audit:
    """What of requests is noted, by the settings."""

    def __init__(self, settings: AuditSettings, trail: Trail) -> None:
        """Initialize with the settings, and where entries go."""
        self.level = LEVELS.index(settings.level)
        self.most = settings.body_bytes
        self._trail = trail
        self._wanted = [matching(path) for path in paths_of(settings.include)]
        self._unwanted = [matching(path) for path in paths_of(settings.exclude)]

    @property
    def asks(self) -> bool:
        """Return whether bodies of requests are noted."""
        return self.level >= LEVELS.index("request")

    @property
    def answers(self) -> bool:
        """Return whether bodies of answers are noted."""
        return self.level >= LEVELS.index("request_response")

    def wants(self, path: str) -> bool:
        """Return whether requests of a path are noted."""
        if self._wanted and not any(pattern.fullmatch(path) for pattern in self._wanted):
            return False
        return not any(pattern.fullmatch(path) for pattern in self._unwanted)

    def look(self, answer: "Answered", asked: Any) -> None:
        """Take from Flask's request what is not there any more when the answer has gone."""
        answer.endpoint = getattr(asked, "endpoint", None) or ""
        answer.path = path_of(answer.environ, getattr(asked, "view_args", None))

    def kept(self, body: "RequestBody | None") -> bytes | None:
        """Return the body of a request, if it is to be kept."""
        if body is None or not self.asks or body.received > self.most:
            return None
        return body.kept

    def note(self, answer: "Answered", milliseconds: float) -> None:
        """Note a request whose answer has gone, unless it is in the log already."""
        environ, is_file = answer.environ, answer.endpoint in TAKE_FILES
        if AUDITED in environ or not self.wants(environ["PATH_INFO"]):
            return
        refusal = refusal_of(environ)
        body = answer.received
        seen = Seen(
            now(),
            answer.endpoint,
            int(answer.status or 0) if refusal is None else refusal.status,
            round(milliseconds),
            environ,
            answer.path or path_of(environ, None),
            None if is_file else self.kept(body),
            body.received if body is not None else 0,
            None if is_file else answer.kept,
            answer.sent,
        )
        self._trail.note(partial(entry_of, seen, with_bodies=self.asks))


def now() -> int:
    """Return the time in ms."""
    return time.time_ns() // 1_000_000


def audit_events(app: Flask) -> None:
    """Write what decides who may do what into the log, before the answer goes out."""
    app.after_request(record_event)


def record_event(response: Response) -> Response:
    """Write an event, unless nobody known has asked, or has asked too often."""
    asked = this_request()
    is_overseen = OVERSEEN in asked.environ
    kind = Kind.PEOPLE if is_overseen else kind_of(asked.endpoint, asked.method)
    if kind is None:
        return response
    environ = asked.environ
    refusal = refusal_of(environ)
    status = response.status_code if refusal is None else refusal.status
    if status == HTTPStatus.TOO_MANY_REQUESTS or (WHO not in environ and kind != Kind.SIGN_IN):
        return response
    environ[AUDITED] = True
    given = given_values()
    detail = {} if kind == Kind.SIGN_IN else {"request": redacted(given)}
    if refusal is not None:
        detail["code"] = refusal.code
    common = whole(environ, path_of(environ, asked.view_args))
    entry = common._replace(
        time=now(),
        kind=kind,
        action=asked.endpoint or "",
        outcome=outcome_of(status),
        status=status,
        account=account_of(given),
        detail=orjson.dumps(detail, option=orjson.OPT_NON_STR_KEYS).decode(),
    )
    services().auditing.trail.write(entry)
    return response


def note_overseen() -> None:
    """Have the log say that this request shows its asker what is another person's."""
    this_request().environ[OVERSEEN] = True


def account_of(given: object) -> str:
    """Return the e-mail address that a request has brought; empty for what is none."""
    found = given.get("email") if isinstance(given, Mapping) else None
    return found.lower() if isinstance(found, str) and EMAIL.fullmatch(found) else ""


def given_values() -> Any:
    """Return what a page has read of the request; nothing of files, or of what is too long."""
    form = vars(request_ctx.request).get("form")  # asked otherwise it would be read here
    if form:
        return form.to_dict()
    body = getattr(request.environ.get("wsgi.input"), "kept", None)
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}


def entry_of(seen: Seen, *, with_bodies: bool) -> Entry:
    """Return the entry of a request."""
    detail: dict[str, object] = {}
    query = seen.environ.get("QUERY_STRING", "")
    if with_bodies and query:
        detail["query"] = redacted_query(query)
    if with_bodies and seen.asked_size:
        detail["request"] = told(seen.asked, seen.asked_size)
    if seen.answered is not None:
        detail["response"] = told(seen.answered, seen.answered_size)
    return whole(seen.environ, seen.path)._replace(
        time=seen.time,
        action=seen.endpoint or "unmatched",
        outcome=outcome_of(seen.status),
        status=seen.status,
        milliseconds=seen.milliseconds,
        detail=orjson.dumps(detail).decode(),
    )


def told(body: bytes | None, size: int) -> object:
    """Return what is kept of a body: what JSON says, or how long it is."""
    return size_of(size) if not body else redacted_json(body)


def whole(environ: "WSGIEnvironment", path: str) -> Entry:
    """Return an entry with who asks, from where, and for what."""
    who = environ.get(WHO)
    found = who if isinstance(who, Principal) else Principal("", "")
    return Entry(
        0,
        Kind.REQUEST,
        "",
        "",
        0,
        tenant_id=found.tenant_id,
        user_id=found.user_id,
        credential=credential_of(found),
        address=environ.get("REMOTE_ADDR", "")[:64],
        agent=plain_text(environ.get("HTTP_USER_AGENT", ""))[:255],
        method=environ["REQUEST_METHOD"][:16],
        path=path[:512],
        request_id=environ.get(IDENTITY, "")[:64],
    )


def credential_of(found: Principal) -> str:
    """Return by what somebody is known."""
    if found.key_id:
        return f"key:{found.key_id}"[:64]
    return f"session:{found.session_id}"[:64] if found.session_id else ""


def outcome_of(status: int) -> str:
    """Return how a request ended."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.FAILED
    return Outcome.REFUSED if status >= HTTPStatus.BAD_REQUEST else Outcome.DONE


def path_of(environ: "WSGIEnvironment", arguments: Mapping[str, object] | None) -> str:
    """Return the path of a request without what opens something in it."""
    path = without_keys(str(environ.get("RAW_URI", environ["PATH_INFO"])).partition("?")[0])
    secret = [str(value) for name, value in (arguments or {}).items() if NAMES.search(name)]
    return hidden(path, secret)


def hidden(path: str, values: Iterable[str]) -> str:
    """Return a path without some parts of it."""
    for value in values:
        for written in {value, quote(value, safe="")}:
            path = "/".join(HIDDEN if part == written else part for part in path.split("/"))
    return path
