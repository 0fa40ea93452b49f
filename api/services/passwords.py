"""Passwords: hashed and checked away from the event loop."""

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from rag.types import Offload


class Passwords:
    """Argon2id with 12 MiB, three passes and one lane, one of OWASP's equally strong choices.

    It is the one that keeps a sign-in under 30 ms and takes the least memory for that.
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    A password is whatever text arrives: classic clients send theirs encoded.
    """

    def __init__(self, offload: Offload) -> None:
        """Remember where hashing runs: it takes tens of milliseconds."""
        self.offload = offload
        self.hasher = PasswordHasher(time_cost=3, memory_cost=12_288, parallelism=1)

    def hash(self, password: str) -> str:
        """Return the hash to keep, with its salt and parameters."""
        return self.offload(self.hasher.hash, password.encode("utf-8", "replace"))

    def matches(self, kept: str, password: str) -> bool:
        """Tell whether a password is the one of which a hash was kept."""
        try:
            return self.offload(self.hasher.verify, kept, password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False

    def waste_time(self, password: str) -> None:
        """Take as long as `matches` does, so that an unknown address cannot be told by time."""
        self.matches(self.nobody, password)

    def is_outdated(self, kept: str) -> bool:
        """Tell whether a hash was made with other parameters than new ones are."""
        return self.hasher.check_needs_rehash(kept)

    @cached_property
    def nobody(self) -> str:
        """Return a hash that belongs to no account."""
        return self.hash("nobody")
