"""Sign-ins that a browser has begun: it takes them along, encrypted, in a cookie."""

import time
from collections.abc import Callable, Sequence
from dataclasses import astuple

import orjson
from cryptography.fernet import InvalidToken

from api.federation.base import Attempt
from api.secrets import Cipher

MOST = 4
"""Sign-ins that a browser has begun at once, in as many tabs; older ones are forgotten."""

LIFETIME = 600
"""Seconds for which a person may be at the provider."""


class Attempts:
    """Seals and opens what is begun; nobody but this server reads or makes it."""

    def __init__(self, cipher: Cipher, clock: Callable[[], float] = time.time) -> None:
        """Initialize with what encrypts."""
        self.cipher = cipher
        self.clock = clock

    def with_one(self, sealed: str, attempt: Attempt) -> str:
        """Return what a browser takes along, with one more attempt."""
        kept = [*self.opened(sealed), (self.clock(), attempt)][-MOST:]
        return self.sealed(kept)

    def take(self, sealed: str, state: str) -> tuple[Attempt | None, str]:
        """Return the attempt of a state, and what remains; None where there is none."""
        kept = self.opened(sealed)
        found = next((attempt for _, attempt in kept if attempt.state == state), None)
        return found, self.sealed([one for one in kept if one[1] is not found])

    def opened(self, sealed: str) -> list[tuple[float, Attempt]]:
        """Return the attempts that are not too old, each with when it began."""
        try:
            found = orjson.loads(self.cipher.decrypt(sealed)) if sealed else []
        except (InvalidToken, UnicodeError):
            return []
        oldest = self.clock() - LIFETIME
        return [(begun, Attempt(*parts)) for begun, parts in found if begun > oldest]

    def sealed(self, kept: Sequence[tuple[float, Attempt]]) -> str:
        """Return attempts as a browser keeps them; empty for none."""
        if not kept:
            return ""
        content = [[begun, astuple(attempt)] for begun, attempt in kept]
        return self.cipher.encrypt(orjson.dumps(content).decode())
