"""Calls of services of others: one request to addresses that were looked at, and its answer.

Nothing leads on from one address to another, since a call carries a key.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as Silent
from urllib3.util import Timeout

from api.config.fetching import FetchingSettings
from api.errors import CrowdedError, FetchError
from api.fetching.targets import AGENT, Target, kind_of, pool_of, target_of

AT_ONCE = 64
"""Calls of a process at a time."""

PIECE = 64 << 10


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, and how long the answer may take in seconds, and be in bytes."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = b""
    seconds: float = 30
    most_bytes: int = 1 << 20


class Reply(NamedTuple):
    """An answer; its `pieces` arrive while they are read, and may be left unread."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    pieces: Iterator[bytes]

    def content(self) -> bytes:
        """Return all that arrives."""
        return b"".join(self.pieces)


class Caller:
    """Calls services as the settings allow it."""

    def __init__(self, settings: Callable[[], FetchingSettings]) -> None:
        """Initialize with what returns the settings in force; nothing is opened."""
        self.settings = settings
        self._places = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def call(self, request: Request) -> Iterator[Reply]:
        """Ask, and return the answer for the length of a `with` block; whatever its status is.

        Raises ArgumentError for a URL that is none, FetchError where there is nothing to have, and
        CrowdedError where too many are being called.
        """
        if not self._places.acquire(blocking=False):
            raise CrowdedError("Too many services are being called: try again.")
        try:
            deadline = time.monotonic() + request.seconds
            target = target_of(request.url, internal=self.settings().internal)
            with broken_off(target, request), opened(target, request, deadline) as answer:
                yield Reply(
                    answer.status,
                    kind_of(answer.headers.get("Content-Type", ""))[0],
                    answer.headers,
                    pieces(answer, target, request, deadline),
                )
        finally:
            self._places.release()


@contextmanager
def broken_off(target: Target, request: Request) -> Iterator[None]:
    """Make what fails of a connection a sentence about its host."""
    try:
        yield
    except NewConnectionError as error:  # which is a kind of Silent
        raise FetchError(f"{target.host} takes no connection.") from error
    except (TimeoutError, Silent) as error:
        raise late(target, request) from error
    except (HTTPError, OSError) as error:
        raise FetchError(f"{target.host} does not answer as it should.") from error


def late(target: Target, request: Request) -> FetchError:
    """Return that an answer did not come in time."""
    return FetchError(f"{target.host} did not answer within {request.seconds:g} seconds.")


@contextmanager
def opened(target: Target, request: Request, deadline: float) -> Iterator[urllib3.BaseHTTPResponse]:
    """Ask the first address that takes a connection."""
    *others, last = target.addresses
    with ExitStack() as stack:
        for address in others:
            with suppress(NewConnectionError, ConnectTimeoutError):
                answer = asked(stack, target, address, request, deadline)
                break
        else:
            answer = asked(stack, target, last, request, deadline)
        stack.callback(answer.close)
        yield answer


def asked(
    stack: ExitStack, target: Target, address: str, request: Request, deadline: float
) -> urllib3.BaseHTTPResponse:
    """Ask at an address; the stack closes the connection."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    headers = {
        **request.headers,
        "Host": target.url.netloc or target.host,
        "User-Agent": AGENT,
        "Accept-Encoding": "identity",
    }
    return stack.enter_context(pool_of(target, address, Timeout(total=left))).urlopen(
        request.method,
        target.url.request_uri,
        body=request.body or None,
        headers=headers,
        redirect=False,
        preload_content=False,
        retries=False,
    )


def pieces(
    answer: urllib3.BaseHTTPResponse, target: Target, request: Request, deadline: float
) -> Iterator[bytes]:
    """Yield an answer as it arrives; raises FetchError where it is too long, or late."""
    count = 0
    while piece := answer.read1(PIECE):
        count += len(piece)
        if count > request.most_bytes:
            raise FetchError(f"{target.host} answered more than {request.most_bytes:,} bytes.")
        yield piece
        if time.monotonic() > deadline:
            raise late(target, request)
