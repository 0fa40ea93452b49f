"""Fetching pages of the web, and nothing of the server's own network.

A name is looked up once: all of its addresses have to be public, and these are connected to, so
that no second look-up can lead elsewhere. Each redirection is looked at in the same way. Proxies in
the environment are not used: what they connect to, nobody here could see.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.util import Timeout

from api.config.fetching import FetchingSettings
from api.errors import CrowdedError, FetchError
from api.fetching.targets import AGENT, Target, kind_of, pool_of, target_of

AT_ONCE = 16
"""Pages that a process fetches at a time."""

HOPS = 5
PIECE = 64 << 10
MOVED = frozenset({301, 302, 303, 307, 308})


class Page(NamedTuple):
    """What was found at an address: where it was in the end, its type, its bytes."""

    url: str
    media_type: str
    charset: str
    content: bytes


class Limits(NamedTuple):
    """How long a page may take, in seconds, and be, in bytes, if that is less than is usual."""

    seconds: float
    most_bytes: int


class PageFetcher:
    """Fetches pages as the settings allow it."""

    def __init__(self, settings: Callable[[], FetchingSettings]) -> None:
        """Initialize with what returns the settings in force; nothing is opened."""
        self.settings = settings
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def fetch(self, url: str, limits: Limits | None = None) -> Page:
        """Return what is at an address of http or https, within the limits of who asks.

        Raises ArgumentError for what is none, FetchError where there is nothing to have, and
        CrowdedError where too many are being fetched.
        """
        if not self._places.acquire(blocking=False):
            raise CrowdedError("Too many pages of the web are being fetched: try again.")
        try:
            return self._followed(url, self._usual(limits))
        finally:
            self._places.release()

    def _usual(self, limits: Limits | None) -> Limits:
        rules = self.settings()
        if limits is None:
            return Limits(rules.timeout, rules.most_bytes)
        return Limits(limits.seconds, min(limits.most_bytes, rules.most_bytes))

    def _followed(self, url: str, limits: Limits) -> Page:
        deadline = time.monotonic() + limits.seconds
        for _ in range(HOPS + 1):
            target = target_of(url, internal=self.settings().internal)
            try:
                found = self._answered(target, deadline, limits.most_bytes)
            except (HTTPError, OSError) as error:
                raise FetchError(f"{target.host} does not answer as it should.") from error
            if isinstance(found, Page):
                return found
            url = joined(url, found)
        raise FetchError(f"The page leads from one address to the next, {HOPS} times and more.")

    def _answered(self, target: Target, deadline: float, most: int) -> Page | str:
        """Return what the first address that takes a connection has."""
        *others, last = target.addresses
        for address in others:
            with suppress(NewConnectionError, ConnectTimeoutError):
                return self._asked(target, address, deadline, most)
        return self._asked(target, last, deadline, most)

    def _asked(self, target: Target, address: str, deadline: float, most: int) -> Page | str:
        """Return a page, or the address that it has moved to."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        headers = {
            "Host": target.url.netloc or target.host,
            "User-Agent": AGENT,
            "Accept": "text/html, */*;q=0.5",
            "Accept-Encoding": "identity",
        }
        with pool_of(target, address, Timeout(total=left)) as pool:
            answer = pool.urlopen(
                "GET",
                target.url.request_uri,
                headers=headers,
                redirect=False,
                preload_content=False,
                retries=False,
            )
            try:
                return self._read(target, answer, deadline, most)
            finally:
                answer.close()

    def _read(
        self, target: Target, answer: urllib3.BaseHTTPResponse, deadline: float, most: int
    ) -> Page | str:
        moved = answer.headers.get("Location", "")
        if answer.status in MOVED and moved:
            return moved
        if answer.status != HTTPStatus.OK:
            raise FetchError(f"{target.host} answered {answer.status}.")
        content = bytearray()
        while piece := answer.read1(PIECE):
            content += piece
            if len(content) > most:
                raise FetchError(f"The page is longer than {most:,} bytes (fetching.most_bytes).")
            if time.monotonic() > deadline:
                raise TimeoutError
        media_type, charset = kind_of(answer.headers.get("Content-Type", ""))
        return Page(target.url.url, media_type, charset, bytes(content))


def joined(url: str, location: str) -> str:
    """Return where a page leads; raises FetchError where that is no address."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise FetchError("The page leads to what is no address of a page.") from error
