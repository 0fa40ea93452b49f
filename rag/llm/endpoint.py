"""Talking to an HTTP endpoint of a model: keys, retries, time limits and clear errors.

`requests` waits on sockets of the standard library, so under gevent every wait yields to others.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError

from rag.errors import ConfigurationError, ModelError, ModelUnavailableError
from rag.llm.base import ModelSpec

_CONNECT_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
_QUOTED_CHARACTERS = 300
_CONNECTIONS = 64
"""Kept open for reuse; more can be in use."""

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


class EndpointRefusalError(ModelError):
    """The endpoint does not accept the request; `status` is the HTTP status it gave."""

    def __init__(self, message: str, status: int) -> None:
        """Remember the status."""
        super().__init__(message)
        self.status = status


DEFAULT_RETRY = RetryPolicy()


class Endpoint:
    """An OpenAI-compatible base address with the key for it; opens nothing before the first call.

    Safe to share between threads and greenlets.
    """

    def __init__(self, spec: ModelSpec, retry: RetryPolicy) -> None:
        """Remember address, key and time limit."""
        if not spec.base_url.startswith(("http://", "https://")):
            raise ConfigurationError(
                f"The model {spec.model} needs a base_url that begins with http:// or https://."
            )
        self._model = spec.model
        self._base_url = spec.base_url.rstrip("/")
        self._secret = spec.api_key
        self._timeout = (min(_CONNECT_SECONDS, spec.timeout), spec.timeout)
        self._retry = retry
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
        self._key = _BearerKey(spec.api_key)

    @cached_property
    def _sending(self) -> dict[str, Any]:
        # What `requests` would look for anew before each request: proxies and certificates.
        found: Mapping[str, Any] = self._session.merge_environment_settings(
            self._base_url, {}, stream=True, verify=None, cert=None
        )
        return {**found, "timeout": self._timeout, "allow_redirects": False}

    @cached_property
    def _template(self) -> requests.PreparedRequest:
        request = requests.Request("POST", self._base_url, auth=self._key)
        return self._session.prepare_request(request)

    def post(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        """Send `body` as JSON and return the answer with its content still to be read.

        Tries again on lost connections, 429 and 5xx. Raises ModelUnavailableError when that does
        not help, ModelError when the endpoint refuses. The caller closes the answer.
        """
        for attempt in range(self._retry.retries):
            answer = self._send(path, body)
            if isinstance(answer, requests.Response) and answer.status_code not in _TEMPORARY:
                break
            time.sleep(self._retry.seconds(attempt, _retry_after(answer)))
        else:
            answer = self._send(path, body)
        if isinstance(answer, requests.ConnectionError):
            raise self.unavailable("could not be reached") from answer
        return self._checked(answer)

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
        self, path: str, body: Mapping[str, Any]
    ) -> requests.Response | requests.ConnectionError:
        """Return the answer, or the error when there is no connection or it was lost."""
        try:
            # A redirect is not followed: it would carry the key and the text to another place.
            return self._session.send(self._request(path, body), **self._sending)
        except requests.ReadTimeout as error:
            raise self.unavailable(f"sent nothing for {self._timeout[1]:g} seconds") from error
        except requests.ConnectionError as error:
            return error
        except requests.RequestException as error:
            raise self.error(f"could not be asked ({type(error).__name__})") from error

    def _request(self, path: str, body: Mapping[str, Any]) -> requests.PreparedRequest:
        content = json.dumps(body).encode()
        request = self._template.copy()
        request.url = self._base_url + path
        request.body = content
        request.headers["Content-Type"] = "application/json"
        request.headers["Content-Length"] = str(len(content))
        return request

    def _checked(self, response: requests.Response) -> requests.Response:
        """Return a good answer; turn another into an error."""
        status = response.status_code
        if status == HTTPStatus.OK:
            return response
        with response:
            if response.is_redirect:
                raise self.error(f"redirects elsewhere (HTTP {status}); set base_url to that place")
            what = f"answered HTTP {status}: {self.quote(_error_text(response))}"
        if status in _TEMPORARY or status >= _SERVER_ERRORS:
            raise self.unavailable(what)
        raise EndpointRefusalError(self._sentence(what), status)

    def _sentence(self, what: str) -> str:
        return f"The model {self._model} at {self._base_url} {what}."


class _BearerKey(AuthBase):
    """Sends the key, if there is one; keeps `requests` from sending one of ~/.netrc instead."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def _retry_after(answer: requests.Response | requests.ConnectionError) -> str:
    """Close an answer that is not used and return its Retry-After header."""
    if isinstance(answer, requests.ConnectionError):
        return ""
    answer.close()
    return answer.headers.get("Retry-After", "")


def _error_text(response: requests.Response) -> str:
    """Return what an error answer says, read no further than needed."""
    try:
        content = response.raw.read(64 * 1024, decode_content=True)
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
