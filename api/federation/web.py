"""Asking a provider by HTTP, in a bounded time and for a bounded answer."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import orjson
import requests

from api.federation.base import FederationError, Problem

MOST_BYTES = 1 << 20
"""Of an answer: configurations and sets of keys have some 10 KB."""

PIECE = 1 << 14


class Bounded(requests.Session):
    """A session whose answers come whole within some seconds; nothing is followed elsewhere."""

    patience: float = 10.0

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Send, and read the whole answer; raises requests.Timeout."""
        deadline = time.monotonic() + self.patience
        options.update(timeout=self.patience, stream=True, allow_redirects=False)
        answer = super().send(request, **options)
        body = b""
        for piece in answer.iter_content(PIECE):
            body += piece
            if len(body) > MOST_BYTES or time.monotonic() > deadline:
                answer.close()
                raise requests.Timeout("The answer takes too long, or is too long.")
        answer._content = body  # noqa: SLF001 - where `requests` keeps a body that was read
        return answer


def prepared(session: Bounded, patience: float, ca_file: str) -> None:
    """Give a session its limit of seconds, and a PEM file of certificates that it accepts."""
    session.patience = patience
    if ca_file:
        session.verify = ca_file
        session.trust_env = False  # a bundle that a variable names would win


class Web:
    """Reads JSON; see `prepared` for what it is made with."""

    def __init__(self, patience: float, ca_file: str) -> None:
        """Initialize with the limit, and a PEM file or nothing."""
        self.patience = patience
        self.ca_file = ca_file

    def mapping(self, url: str, token: str = "") -> Mapping[str, object]:
        """Return the object at an address; raises FederationError."""
        found = self.read(url, token)
        if not isinstance(found, dict):
            raise FederationError(Problem.AWAY, f"{url} answered no JSON object.")
        return found

    def read(self, url: str, token: str = "") -> object:
        """Return what is at an address; raises FederationError."""
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with Bounded() as session, reaching(url):
            prepared(session, self.patience, self.ca_file)
            answer = session.get(url, headers=headers)
        if answer.status_code != HTTPStatus.OK:
            raise FederationError(Problem.AWAY, f"{url} answered {answer.status_code}.")
        try:
            return orjson.loads(answer.content)
        except orjson.JSONDecodeError as error:
            raise FederationError(Problem.AWAY, f"{url} answered no JSON.") from error


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """Make what goes wrong on the way to an address a FederationError."""
    try:
        yield
    except (requests.RequestException, OSError) as error:
        raise FederationError(Problem.AWAY, f"{url}: {cause_of(error)}") from error


def cause_of(error: Exception) -> str:
    """Return what is wrong, without the layers around it."""
    if isinstance(error, requests.exceptions.SSLError):
        return f"its certificate is not accepted ({root_of(error)})."
    if isinstance(error, requests.Timeout):
        return "it does not answer in time."
    return f"it does not answer ({root_of(error)})."


def root_of(error: BaseException) -> str:
    """Return the text of the first cause of an error."""
    found = error
    while found.__context__ is not None:
        found = found.__context__
    return " ".join(str(found).split())
