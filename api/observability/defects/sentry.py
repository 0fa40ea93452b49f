"""Unexpected errors to a project at Sentry, or at what speaks its protocol.

What is sent is what kind of error it is, where in the code and at which route, with the id of the
request. No message of an error goes out, no value of a variable, no header, body, query or address
of a person: any of these may hold what somebody has asked or uploaded. The log has the rest.
"""

import logging
import threading
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, cast

import requests
from sentry_sdk.client import _Client as Client
from sentry_sdk.scope import Scope
from sentry_sdk.utils import BadDsn, Dsn, event_from_exception

from api.errors import StartError
from api.logs import request_id, trace_id
from api.observability.defects.base import Place, nowhere

log = logging.getLogger(__name__)

OWN = (__name__, "sentry_sdk")
"""Whose troubles are not told: that would make more of them."""

ASK_SECONDS = 5.0

STOP_SECONDS = 1.0
"""What the last events get to leave the process."""

KEPT = frozenset({"filename", "function", "module", "lineno", "in_app", "context_line"})
"""What is sent of a frame: where it is in the code, and the line there."""


class SentryDefects:
    """Tells a project of errors; see `api.observability.defects.base`."""

    def __init__(self, dsn: str, environment: str) -> None:
        """Initialize with the address; nothing is opened. Raises StartError for a bad one."""
        try:
            Dsn(dsn)
        except BadDsn as error:
            raise StartError("it is no DSN of the form https://key@host/project.") from error
        self.dsn = dsn
        self.environment = environment
        self.client: Client | None = None
        self.handler: Told | None = None

    def start(self, process: str, place: Place = nowhere) -> None:
        """Begin in this process, which does not fork any more."""
        self.client = Client(
            dsn=self.dsn,
            environment=self.environment or None,
            release=version("raglan"),
            server_name="",
            default_integrations=False,
            auto_enabling_integrations=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            shutdown_timeout=STOP_SECONDS,
            before_send=bare,
            # Where Brotli is installed the library would take that, which not all receivers read.
            _experiments={"transport_compression_algo": "gzip"},
        )
        self.handler = Told(self.client, process, place)
        logging.getLogger().addHandler(self.handler)

    def stop(self) -> None:
        """Send what was not sent yet, for a second at most."""
        client, handler = self.client, self.handler
        self.client = self.handler = None
        if handler is not None:
            logging.getLogger().removeHandler(handler)
        if client is not None:
            last = threading.Thread(target=client.close, name="last-events", daemon=True)
            last.start()
            last.join(STOP_SECONDS)


def ask(dsn: str) -> str:
    """Send a project an envelope with nothing in it; return what is wrong, empty for nothing.

    Receivers check the key of each envelope, and some refuse one without events.
    """
    to = Dsn(dsn).to_auth("raglan")
    headers = {"X-Sentry-Auth": to.to_header(), "Content-Type": "application/x-sentry-envelope"}
    try:
        answer = requests.post(to.get_api_url(), b"{}\n", headers=headers, timeout=ASK_SECONDS)
    except requests.RequestException:
        return "it does not answer"
    if answer.ok or answer.status_code == HTTPStatus.BAD_REQUEST:
        return ""
    return f"it answers with status {answer.status_code}"


class Told(logging.Handler):
    """Tells of what is logged with a traceback."""

    def __init__(self, client: Client, process: str, place: Place) -> None:
        """Initialize with what sends events, and what this process calls itself."""
        super().__init__(logging.WARNING)
        self.client = client
        self.process = process
        self.place = place

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of a record that carries an error; not of the library's own troubles."""
        if not record.exc_info or record.name.startswith(OWN):
            return
        try:
            self.tell(record)
        except Exception:
            # A guest, as a tracer is: to tell of a fault must not make another one.
            log.warning("Sentry could not be told of an error.", exc_info=True)

    def tell(self, record: logging.LogRecord) -> None:
        """Send an event: its message is that of the log before anything was filled in."""
        event, hint = event_from_exception(cast("Any", record.exc_info), self.client.options)
        event["transaction"] = self.place() or record.name
        event["logger"] = record.name
        event["logentry"] = {"message": str(record.msg)}
        tags = {"process": self.process, "request_id": request_id.get(), "trace": trace_id.get()}
        event["tags"] = {name: value for name, value in tags.items() if value}
        self.client.capture_event(event, hint, Scope())


def bare(event: Any, _hint: Mapping[str, Any]) -> Any:
    """Return an event without whatever may be somebody's."""
    kept = {name: event[name] for name in SENT if name in event}
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [bare_error(one) for one in values]}
    return kept


SENT = frozenset(
    {
        "contexts",
        "environment",
        "event_id",
        "level",
        "logentry",
        "logger",
        "platform",
        "release",
        "sdk",
        "tags",
        "timestamp",
        "transaction",
    }
)
"""What is sent of an event beside the errors."""


def bare_error(one: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the kind of an error, and where it was raised."""
    frames = (one.get("stacktrace") or {}).get("frames") or []
    made: dict[str, Any] = {"type": one.get("type"), "module": one.get("module")}
    made["stacktrace"] = {"frames": [bare_frame(frame) for frame in frames]}
    return made


def bare_frame(frame: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a frame is in the code."""
    return cast("Mapping[str, Any]", {name: frame[name] for name in KEPT if name in frame})
