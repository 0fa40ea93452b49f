"""Who was let in lately, as long as this process knows that nobody was shut out since."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from api.services.accounts.records import Principal

LIFE_SECONDS = 5.0
"""For how long somebody is remembered."""

TRUST_SECONDS = 1.0
"""After the beginning of a look, for how long its outcome is gone by: so long at most goes on who
was shut out elsewhere."""

MOST = 10_000
"""Keys and tokens that are remembered; with one more all are forgotten."""


class Found(NamedTuple):
    """Whose a key or a session is, and when it ends, in ms since 1970; 0 for one without an end."""

    asker: Principal
    ends: int = 0


class Remembered:
    """Remembers by the hashes of keys and sessions whose they are; with them, what is granted.

    Each revocation changes a version in the database, within its own transaction. While a thread of
    this process looks at it (`see`), what was read since it changed last is gone by. Where none
    does, or the database does not answer it, nothing is remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Initialize; nothing is remembered before the first look."""
        self.clock = clock
        self._version = 0
        self._looked = -TRUST_SECONDS
        self._kept: dict[str, tuple[Found, float]] = {}

    def see(self, version: int, begun: float) -> None:
        """Take what a look has found that began at a time."""
        if version != self._version:
            self.forget()
        self._version = version
        self._looked = begun

    def forget(self) -> None:
        """Forget all; what is being read meanwhile is not remembered, either."""
        self._kept = {}

    def find(self, name: str, ask: Callable[[], Found | None]) -> Found | None:
        """Return whose a key or session is, by what is remembered or else by asking."""
        kept, now = self._kept, self.clock()
        trusted = self._looked + TRUST_SECONDS
        known = kept.get(name)
        if known and now < min(known[1], trusted):
            return known[0]
        found = ask()
        if found and now < trusted:
            if len(kept) >= MOST:
                kept.clear()
            found = found._replace(asker=replace(found.asker, granted={}))
            kept[name] = found, now + LIFE_SECONDS
        return found
