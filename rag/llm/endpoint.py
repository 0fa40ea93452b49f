"""Talking to an HTTP endpoint of a model: keys, retries, time limits and clear errors.

`requests` finds the way there once: proxies and certificates from the environment. Each call then
goes straight to urllib3, which is the cheaper half of what a request costs: answers wait for it.
Both wait on sockets of the standard library, so under gevent every wait yields to others: call
them from greenlets and not from threads beside, for gevent's greenlets cannot change threads.
"""

import json
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast

import orjson
import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout, encode_multipart_formdata
from urllib3.exceptions import HTTPError, LocationParseError, ReadTimeoutError, SSLError

from rag.addresses import shown_address
from rag.errors import ConfigurationError, EndpointRefusalError, ModelError, ModelUnavailableError
from rag.llm.base import ModelSpec
from rag.llm.connections import keep
from rag.llm.keys import is_key

JSON = "application/json"

Fields = Sequence[tuple[str, str | tuple[str, bytes]]]
"""The fields of a form: texts, and files with their names."""

_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
_QUOTED_CHARACTERS = 300
_CONNECTIONS = 64
"""Kept open for reuse; more can be in use."""

_READ_BYTES = 64 * 1024

_LONGEST_CONTENT = 64 << 20
"""Bytes of an answer that is read whole; 32 vectors of 8,192 components take about 6 MB."""

_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    # Where a firewall or a machine has dropped a connection without a word, the kernel notices
    # within half a minute: one that waits for its next use is not used then.
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 30_000),
)

_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504, 529})
"""Statuses that are worth another try; 529 is what some providers say when overloaded."""

_SERVER_ERRORS = 500


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often to try again, and the first pause in seconds, which doubles each time."""

    retries: int = 3
    pause: float = 0.5

    def seconds(self, attempt: int, retry_after: str) -> float:
        """Return the pause after `attempt` (from 0): what the endpoint asks for, within bounds.

        Up to half of it is chance, so that many clients do not come back at the same moment.
        """
        if retry_after.isascii() and retry_after.isdigit():
            return min(float(retry_after), _LONGEST_PAUSE_SECONDS)
        pause = min(self.pause * 2**attempt, _LONGEST_PAUSE_SECONDS)
        return secrets.SystemRandom().uniform(pause / 2, pause)


DEFAULT_RETRY = RetryPolicy()


class Endpoint:
    """An OpenAI-compatible base address with the key for it; opens nothing before the first call.

    Safe to share between greenlets, and between threads where there are none.
    """

    def __init__(self, spec: ModelSpec, retry: RetryPolicy) -> None:
        """Initialize with address, key and time limit."""
        if not spec.base_url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"The model {spec.model} needs a base_url that begins with http:// or https://."
            )
        if not is_key(spec.api_key):
            raise ConfigurationError(
                f"The API key of the model {spec.model} holds a line break, another control"
                " character or one beyond Latin-1: set it again as the provider gave it."
            )
        self._model = spec.model
        self._base_url = spec.base_url.rstrip("/")
        self._secret = spec.api_key
        self._seconds = spec.timeout
        self._timeout = Timeout(connect=min(_CONNECT_SECONDS, spec.timeout), read=spec.timeout)
        self._retry = retry
        self._headers = {"Content-Type": JSON, "User-Agent": "raglan"}
        if spec.api_key:
            self._headers["Authorization"] = f"Bearer {spec.api_key}"

    @cached_property
    def _way(self) -> tuple[HTTPConnectionPool, str]:
        """Return the connections to the endpoint, and what stands before each path there."""
        with requests.Session() as session:
            request = session.prepare_request(requests.Request("POST", self._base_url))
            found = session.merge_environment_settings(
                self._base_url, {}, stream=True, verify=None, cert=None
            )
        adapter = HTTPAdapter(pool_maxsize=_CONNECTIONS)
        pool = cast(
            "HTTPConnectionPool",
            adapter.get_connection_with_tls_context(
                request, found["verify"], found["proxies"], found["cert"]
            ),
        )
        keep(pool, _SOCKET_OPTIONS)
        before = adapter.request_url(request, found["proxies"]).rstrip("/")
        return pool, before

    def post(self, path: str, body: Mapping[str, Any]) -> BaseHTTPResponse:
        """Send `body` as JSON and return the answer with its content still to be read.

        Tries again on lost connections, 429 and 5xx. Raises ModelUnavailableError when that does
        not help, ModelError when the endpoint refuses. The caller closes the answer: the connection
        of one that was read to its end serves the next call, any other is closed with it.
        """
        return self._posted(path, _written(body))

    def post_form(self, path: str, fields: Fields) -> BaseHTTPResponse:
        """Send a form with files, each with its name, and return the answer; see `post`."""
        content, kind = encode_multipart_formdata(fields)
        return self._posted(path, content, kind)

    def get(self, path: str) -> BaseHTTPResponse:
        """Ask for something and return the answer; tries once. Raises as `post`."""
        answer = self._send(path, None, JSON, "GET")
        if isinstance(answer, HTTPError):
            raise self.unavailable("could not be reached") from answer
        return self._checked(answer)

    def _posted(self, path: str, content: bytes, kind: str = JSON) -> BaseHTTPResponse:
        """Send a body of a kind; see `post`."""
        for attempt in range(self._retry.retries):
            answer = self._send(path, content, kind)
            if not isinstance(answer, HTTPError) and answer.status not in _TEMPORARY:
                break
            time.sleep(self._retry.seconds(attempt, _retry_after(answer)))
        else:
            answer = self._send(path, content, kind)
        if isinstance(answer, HTTPError):
            raise self.unavailable("could not be reached") from answer
        return self._checked(answer)

    def content(self, answer: BaseHTTPResponse) -> bytes:
        """Return the content of a good answer.

        Raises ModelUnavailableError if it breaks off, or is not whole a time limit after its head,
        and ModelError if it has no end.
        """
        pieces, size, begun = [], 0, time.monotonic()
        for piece in self.pieces(answer):
            pieces.append(piece)
            size += len(piece)
            if size > _LONGEST_CONTENT:
                raise self.error(f"answered more than {_LONGEST_CONTENT >> 20} MB")
            if time.monotonic() - begun > self._seconds:
                raise self.unavailable(
                    f"took more than {self._seconds:g} seconds to send its answer"
                )
        return b"".join(pieces)

    def pieces(self, answer: BaseHTTPResponse) -> Iterator[bytes]:
        """Yield what the network brings, as it comes: `iter_content` would wait for full blocks."""
        try:
            while piece := answer.read1(_READ_BYTES, decode_content=True):
                yield piece
        except ReadTimeoutError as error:
            raise self.unavailable("stopped in the middle of its answer") from error
        except (HTTPError, OSError) as error:
            raise self.unavailable("broke off its answer") from error

    def error(self, what: str) -> ModelError:
        """Return the error that says what is wrong with this model's answer."""
        return ModelError(self._sentence(what))

    def unavailable(self, what: str) -> ModelUnavailableError:
        """Return the error that says why this model cannot be used now."""
        return ModelUnavailableError(self._sentence(what))

    def quote(self, text: str) -> str:
        """Return the start of what the endpoint said, in one line and without the key."""
        line = " ".join(text.split())
        # Cut last: a key that is cut in two would no longer be found.
        return (line.replace(self._secret, "***") if self._secret else line)[:_QUOTED_CHARACTERS]

    def _send(
        self, path: str, content: bytes | None, kind: str, method: str = "POST"
    ) -> BaseHTTPResponse | HTTPError:
        """Return the answer, or the error when there is no connection or it was lost."""
        try:
            pool, before = self._way
            # A redirect is not followed: it would carry the key and the text to another place.
            return pool.urlopen(
                method,
                before + path,
                body=content,
                headers=self._headers if kind == JSON else {**self._headers, "Content-Type": kind},
                retries=False,
                redirect=False,
                timeout=self._timeout,
                preload_content=False,
            )
        except ReadTimeoutError as error:
            raise self.unavailable(f"sent nothing for {self._seconds:g} seconds") from error
        except (LocationParseError, SSLError, requests.RequestException) as error:
            raise self.error(f"could not be asked ({type(error).__name__})") from error
        except HTTPError as error:
            return error

    def _checked(self, answer: BaseHTTPResponse) -> BaseHTTPResponse:
        """Return a good answer; turn another into an error."""
        status = answer.status
        if status == HTTPStatus.OK:
            return answer
        with answer:
            if answer.get_redirect_location():
                raise self.error(f"redirects elsewhere (HTTP {status}); set base_url to that place")
            what = f"answered HTTP {status}: {self.quote(_error_text(answer))}"
        if status in _TEMPORARY or status >= _SERVER_ERRORS:
            raise self.unavailable(what)
        raise EndpointRefusalError(self._sentence(what), status)

    def _sentence(self, what: str) -> str:
        return f"The model {self._model} at {shown_address(self._base_url)} {what}."


def _written(body: Mapping[str, Any]) -> bytes:
    """Return JSON; halves of characters, which orjson refuses, are written as escapes."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body).encode()


def _retry_after(answer: BaseHTTPResponse | HTTPError) -> str:
    """Close an answer that is not used and return its Retry-After header."""
    if isinstance(answer, HTTPError):
        return ""
    answer.close()
    return str(answer.headers.get("Retry-After", ""))


def _error_text(answer: BaseHTTPResponse) -> str:
    """Return what an error answer says, read no further than needed."""
    try:
        content = answer.read(64 * 1024, decode_content=True)
    except (OSError, HTTPError):
        return "(no text)"
    return error_message(content) or content.decode("utf-8", "replace")


def error_message(content: bytes) -> str:
    """Return the message of an error object, `{"error": {"message": ...}}` or alike, or nothing."""
    try:
        data = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    error = data.get("error") if isinstance(data, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else ""
