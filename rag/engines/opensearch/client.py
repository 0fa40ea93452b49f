"""Talks to a cluster over HTTP: one node after the other, with limits of time, in plain words."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from urllib3 import BaseHTTPResponse, PoolManager, Timeout, make_headers
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, SSLError

from rag.engines.opensearch.address import Address
from rag.errors import ChunkStoreError, ChunkStoreFullError
from rag.keepalive import keepalive_options

_CONNECT_SECONDS = 5.0
_TRIES = 5
"""Of what the cluster has no room for just now, with a pause that doubles from the first."""

_FIRST_PAUSE = 0.1

_CONFLICT = 409
_NOT_FOUND = 404
_BUSY = frozenset({429, 503})
_REFUSED = frozenset({401, 403})
_AWAY = frozenset({"node_not_connected_exception", "node_disconnected_exception"})
"""What a node says of another that it has not yet noticed to be gone."""

_FULL = ("read-only-allow-delete", "FORBIDDEN/12", "FORBIDDEN/10/cluster create-index blocked")
"""Reasons of a cluster where a disk, or each of them, is beyond its watermark."""

Json = dict[str, Any]
Action = tuple[Json, Json | None]
"""What a bulk request does, and the source of what it writes."""


class ConflictError(ChunkStoreError):
    """Somebody else has changed what was to be changed."""


class NotFoundError(ChunkStoreError):
    """There is no such index or document."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An answer that is no success."""

    status: int
    kind: str
    reason: str

    @property
    def is_passing(self) -> bool:
        """Return whether the same may go well a moment later."""
        return self.status in _BUSY or self.kind in _AWAY

    @property
    def is_full(self) -> bool:
        """Return whether the disk of a node is full."""
        return any(one in self.reason for one in _FULL)


class Client:
    """Sends requests to the nodes of a cluster; each thread has connections of its own.

    A socket of an event loop belongs to the thread that has opened it.
    """

    def __init__(self, address: Address, present: str) -> None:
        """Open nothing yet; `present` are options of a request for what is there just now."""
        self.present = present
        self.product = address.product
        self._address = address
        self._first = 0
        self._own = threading.local()
        login = f"{address.user}:{address.password}"
        self._headers = make_headers(basic_auth=login if address.user else None)
        self._headers["Content-Type"] = "application/json"

    def _pool(self) -> PoolManager:
        pool: PoolManager | None = getattr(self._own, "pool", None)
        if pool is None:
            options = [*HTTPConnection.default_socket_options, *keepalive_options(_CONNECT_SECONDS)]
            limits = Timeout(connect=_CONNECT_SECONDS, read=self._address.seconds)
            pool = PoolManager(
                retries=False,
                timeout=limits,
                headers=self._headers,
                socket_options=options,
                ca_certs=self._address.certificates or None,
            )
            self._own.pool = pool
        return pool

    def _sent(self, method: str, path: str, body: bytes | None) -> BaseHTTPResponse:
        """Return the answer of the first node that gives one, beginning with the last that did."""
        nodes = self._address.nodes
        failure: Exception | None = None
        for turn in range(len(nodes)):
            place = (self._first + turn) % len(nodes)
            try:
                answer = self._pool().request(method, nodes[place] + path, body=body)
            except SSLError as error:
                raise ChunkStoreError(
                    f"The certificate of {self.product} is not trusted: give the file of its"
                    " authority as ?ca= in chunk_store.url."
                ) from error
            except HTTPError as error:
                failure = error
            else:
                self._first = place
                return answer
        raise ChunkStoreError(
            f"{self.product}, which holds the chunks, does not answer."
        ) from failure

    def ask(self, method: str, path: str, body: Json | None = None) -> Json:
        """Return the answer to a request; one that the cluster is too busy for is sent again."""
        return self._ask(method, path, None if body is None else _written(body))

    def _ask(self, method: str, path: str, body: bytes | None) -> Json:
        pause = _FIRST_PAUSE
        for left in reversed(range(_TRIES)):
            answer = self._sent(method, path, body)
            if answer.status < 300:  # noqa: PLR2004 - successes of HTTP
                return _read(answer, self.product)
            refusal = _refusal(answer)
            if not refusal.is_passing or not left:
                raise _error(refusal, self.product)
            time.sleep(pause)
            pause *= 2
        raise AssertionError("the last try returns or raises")

    def ask_for_all(self, index: str, ids: Sequence[str]) -> list[Json]:
        """Return documents in the order of their ids as they are just now, found or not.

        A primary shard that is away is waited for a little: another takes its place.
        """
        pause = _FIRST_PAUSE
        for left in reversed(range(_TRIES)):
            found: list[Json] = self.ask(
                "POST", f"{index}/_mget{self.present}", {"ids": list(ids)}
            )["docs"]
            failed = [one for one in found if "error" in one]
            if not failed:
                return found
            if "not_found" in str(failed):
                raise NotFoundError(f"{self.product} does not hold what is asked for.")
            if left:
                time.sleep(pause)
                pause *= 2
        raise ChunkStoreError(f"{self.product} cannot read what is visible: shards are missing.")

    def bulk(self, index: str, actions: Iterable[Action], options: str = "") -> None:
        """Carry out changes of one index in one request; raises ChunkStoreError if one fails."""
        body = b"".join(
            _written(line) + b"\n" for action in actions for line in action if line is not None
        )
        if body:
            self._carry_out(f"/{index}/_bulk{options}", body)

    def _carry_out(self, path: str, body: bytes) -> None:
        pause = _FIRST_PAUSE
        for left in reversed(range(_TRIES)):
            answer = self._ask("POST", path, body)
            failed = list(_failures(answer)) if answer["errors"] else []
            if not failed:
                return
            worst = next((one for one in failed if not one.is_passing), failed[0])
            if not worst.is_passing or worst.is_full or not left:
                raise _error(worst, self.product)
            # What was carried out is harmless when it is done again.
            time.sleep(pause)
            pause *= 2

    def close(self) -> None:
        """Close what this thread holds open; what others hold goes with them."""
        pool: PoolManager | None = getattr(self._own, "pool", None)
        if pool is not None:
            pool.clear()
            self._own.pool = None


def _written(body: Json) -> bytes:
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")


def _read(answer: BaseHTTPResponse, product: str) -> Json:
    try:
        found: Json = json.loads(answer.data)
    except ValueError as error:
        raise ChunkStoreError(f"What answers at the address of {product} is none.") from error
    return found


def _refusal(answer: BaseHTTPResponse) -> _Refusal:
    try:
        found = json.loads(answer.data)
        error = found.get("error", found) if isinstance(found, dict) else {}
    except ValueError:
        error = {}
    if not isinstance(error, dict):
        return _Refusal(answer.status, "", str(error))
    causes = error.get("root_cause") or [error]
    cause = error.get("caused_by") or causes[0]
    kind, reason = causes[0].get("type", ""), cause.get("reason") or ""
    return _Refusal(answer.status, kind or "", reason)


def _failures(answer: Json) -> Iterator[_Refusal]:
    for item in answer["items"]:
        for result in item.values():
            # What is to be removed may be gone.
            if "error" in result:
                error = result["error"]
                yield _Refusal(result["status"], error.get("type", ""), error.get("reason", ""))


def _error(found: _Refusal, product: str) -> ChunkStoreError:
    if found.is_full:
        return ChunkStoreFullError(f"A disk of {product} is full: it refuses what is written.")
    if found.status == _CONFLICT:
        return ConflictError(f"Another process has changed the same in {product}; try again.")
    if found.status == _NOT_FOUND:
        return NotFoundError(f"{product} does not hold what is asked for.")
    if found.status in _REFUSED:
        return ChunkStoreError(
            f"{product} refuses the user of chunk_store.url: check name, password and rights"
            f" ({found.reason or found.status})."
        )
    if found.is_passing:
        return ChunkStoreError(
            f"{product} cannot do this now: shards are missing, or it has too much to do"
            f" ({found.kind or found.status})."
        )
    return ChunkStoreError(
        f"{product} refuses a request: {found.reason or found.kind or found.status}."
    )
