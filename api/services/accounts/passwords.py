"""Passwords: hashed and checked away from the event loop."""

import base64
import secrets
from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.errors import ArgumentError, UnavailableError
from api.execution import Execution
from api.services.accounts.common import is_common
from api.services.accounts.sealed import Opened
from rag.loading import loaded

T = TypeVar("T")

COMMON = "This password is one of those that are tried first: choose another one."

ARGON2 = "$argon2"
BCRYPT = ("$2a$", "$2b$", "$2y$")
"""How hashes begin that came from another server; new ones are Argon2's."""

BCRYPT_BYTES = 72
"""Bytes of a password that bcrypt reads; its library refuses more."""

CHECK_BCRYPT = "bcrypt:checkpw"

NO_BCRYPT = (
    "This password came from another server, and what reads it is not installed here: ask the"
    " administrator for a new one."
)

BUSY = "As many passwords are being checked as may be at once: try again in a moment."


class Passwords:
    """Argon2id with 12 MiB, three passes and one lane, one of OWASP's equally strong choices.

    It is the one that keeps a sign-in under 30 ms and takes the least memory for that.
    https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
    A password is whatever text arrives, and what is in it where it is encrypted and can be read.
    """

    def __init__(
        self,
        execution: Execution,
        most: Callable[[], int] = lambda: 1,
        opened: Opened = str,
        refuses_common: Callable[[], bool] = lambda: False,
    ) -> None:
        """Initialize with where hashing runs: it takes tens of milliseconds.

        `most` tells how many callers may be at it or wait for it at once, `opened` what is in a
        password that arrives encrypted, `refuses_common` whether new ones may be common.
        """
        self.execution = execution
        self.most = most
        self.opened = opened
        self.refuses_common = refuses_common
        self.at_once = 0
        self.hasher = PasswordHasher(time_cost=3, memory_cost=12_288, parallelism=1)

    def hash(self, password: str) -> str:
        """Return the hash of a new password, with its salt and parameters.

        Raises UnavailableError, and ArgumentError for one that is common.
        """
        if self.refuses_common() and is_common(self.opened(password)):
            raise ArgumentError(COMMON)
        return self.hash_again(password)

    def hash_again(self, password: str) -> str:
        """Return the hash of a password that somebody has; raises UnavailableError."""
        return self._in_turn(lambda: self.hasher.hash(self._bytes(password)))

    def matches(self, kept: str, password: str) -> bool:
        """Return whether a hash was kept of this password; raises UnavailableError."""
        if kept.startswith(BCRYPT):
            return self._matches_bcrypt(kept, password)
        try:
            return self._in_turn(lambda: self.hasher.verify(kept, self._bytes(password)))
        except (VerificationError, InvalidHashError):
            return False

    @staticmethod
    def reads(kept: str) -> bool:
        """Return whether hashes of a form can be compared with here."""
        return kept.startswith(ARGON2) or (
            kept.startswith(BCRYPT) and find_spec("bcrypt") is not None
        )

    def waste_time(self, password: str) -> bool:
        """Spend the time of `matches`, so that response times do not reveal unknown addresses.

        Returns that nothing matches, whatever the password.
        """
        self.matches(self.nobody, password)
        return False

    def is_outdated(self, kept: str) -> bool:
        """Return whether a hash was made with other parameters than new ones are."""
        return kept.startswith(BCRYPT) or self.hasher.check_needs_rehash(kept)

    def _matches_bcrypt(self, kept: str, password: str) -> bool:
        if not self.reads(kept):
            raise UnavailableError(NO_BCRYPT)
        given = self._bytes(password)[:BCRYPT_BYTES]
        return bool(self._in_turn(lambda: loaded(CHECK_BCRYPT)(given, kept.encode())))

    def _bytes(self, password: str) -> bytes:
        return self.opened(password).encode("utf-8", "replace")

    def _in_turn(self, function: Callable[[], T]) -> T:
        if self.at_once >= self.most():
            raise UnavailableError(BUSY)
        self.at_once += 1
        try:
            return self.execution.hashing(function)
        finally:
            self.at_once -= 1

    @cached_property
    def nobody(self) -> str:
        """Return what looks like a hash that is kept, of no account.

        It is made up, so that the first to need it takes no longer than others.
        """
        with_parameters = self.hasher
        salt, digest = secrets.token_bytes(with_parameters.salt_len), secrets.token_bytes(32)
        cost = (
            f"m={with_parameters.memory_cost},t={with_parameters.time_cost}"
            f",p={with_parameters.parallelism}"
        )
        parts = (base64.b64encode(part).decode().rstrip("=") for part in (salt, digest))
        return f"$argon2id$v=19${cost}${'$'.join(parts)}"
