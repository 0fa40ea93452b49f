"""The connections of a worker: no address may have all of them, and the silent make place."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from api.config.settings import Settings
from api.http.proxies import Proxies

log = logging.getLogger(__name__)

TELL_EVERY = 60.0
"""Seconds between two lines of the log about the same address."""

MOST_TOLD = 1000


class Member(Protocol):
    """A connection as a crowd knows it; `site` stands for who opened it."""

    site: str

    def drop(self) -> None:
        """End it where it waits for its client."""


@dataclass(frozen=True, slots=True)
class Places:
    """How many connections a worker may have: in all, of one site, and of one that wait."""

    total: int
    site: int
    waiting: int
    proxies: Proxies

    @classmethod
    def of(cls, settings: Settings) -> "Places":
        """Return those of the settings; where they say 0 it is a share of all."""
        total, clients = settings.server.worker_connections, settings.clients
        return cls(
            total,
            clients.connections or total * 9 // 10,
            clients.waiting or total // 2,
            Proxies(clients.proxies),
        )

    @property
    def free(self) -> int:
        """Return how many are kept for who comes next."""
        return max(1, self.total // 20)


class Crowd:
    """Who is connected, and who of them keeps the server waiting.

    A connection waits until a request has come, and while a body comes from somebody who has
    shown no valid key or session: all that can be had for nothing. Of those that wait the one
    that has waited longest is dropped when its site has too many of them, or when the worker has
    hardly a place left; honest clients behind the same proxy are through in milliseconds.
    """

    def __init__(self, places: Places, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nobody."""
        self.places = places
        self._clock = clock
        self._total = 0
        self._present: Counter[str] = Counter()
        self._waiting: dict[str, dict[Member, None]] = {}
        self._told: dict[str, float] = {}

    @contextmanager
    def joined(self, member: Member) -> Iterator[bool]:
        """Count a connection in for a `with` block; yield whether there is a place for it."""
        site = member.site
        self._total += 1
        self._present[site] += 1
        try:
            self._make_room()
            yield self._is_welcome(site)
        finally:
            self.goes_on(member)
            self._total -= 1
            self._present[site] -= 1
            if not self._present[site]:
                del self._present[site]

    def waits(self, member: Member) -> None:
        """Record that a connection begins to wait for its client."""
        waiting = self._waiting.setdefault(member.site, {})
        waiting[member] = None
        if len(waiting) > self.places.waiting:
            self._log(member.site, "that wait for it, the limit; the longest silent are closed")
            self._drop_oldest(member.site)

    def goes_on(self, member: Member) -> None:
        """Record that a connection does not wait for its client any more."""
        waiting = self._waiting.get(member.site)
        if waiting is not None:
            waiting.pop(member, None)
            if not waiting:
                del self._waiting[member.site]

    def _make_room(self) -> None:
        if self._total > self.places.total - self.places.free and self._waiting:
            site = max(self._waiting, key=lambda site: len(self._waiting[site]))
            self._log(site, "while the worker is nearly full; the longest silent are closed")
            self._drop_oldest(site)

    def _is_welcome(self, site: str) -> bool:
        if self._present[site] <= self.places.site or self.places.proxies.include(site):
            return True
        self._log(site, "the limit; the longest silent are closed, or new ones refused")
        return self._drop_oldest(site)

    def _drop_oldest(self, site: str) -> bool:
        """Drop who of a site has waited longest; tell whether there was one."""
        for member in self._waiting.get(site, {}):
            self.goes_on(member)
            member.drop()
            return True
        return False

    def _log(self, site: str, what: str) -> None:
        now = self._clock()
        if now - self._told.get(site, -TELL_EVERY) < TELL_EVERY:
            return
        if len(self._told) >= MOST_TOLD:
            self._told.clear()
        self._told[site] = now
        log.warning("%s has %d connections, %s.", site, self._present[site], what)
