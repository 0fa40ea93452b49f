"""Keys by which access tokens are signed: kept encrypted, the same for all processes."""

import secrets
import time
from dataclasses import dataclass, field

from api.db.base import now_ms
from api.db.connection import Database, connected
from api.secrets import Cipher, opened
from api.services.sign_in import queries

KEY_BYTES = 32
"""What HS256 wants at least (RFC 7518, 3.2)."""

LOOK_SECONDS = 5.0
"""For how long a process goes by the keys that it has read."""

HOUR_MS = 3_600_000
"""For how long a key that was followed is good; access tokens of it are over by then."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and the time in ms from which on the next one signs; 0 for the newest."""

    id: str
    secret: str = field(repr=False)
    followed_time: int = 0


class SigningKeys:
    """The newest key signs; the one before it is good until its last token is over."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        """Initialize with where keys are kept; none is read yet."""
        self.database = database
        self.cipher = cipher
        self._known: dict[str, SigningKey] = {}
        self._looked = float("-inf")

    def current(self) -> SigningKey:
        """Return the key that signs; it is made where there is none that can be read."""
        found = self.read()
        if not found:
            self.rotate()
            found = self.read()
        return found[0]

    def find(self, key_id: str) -> SigningKey | None:
        """Return a key that is still good, as far as was known some seconds ago."""
        if time.monotonic() - self._looked > LOOK_SECONDS:
            self.read()
        return self._known.get(key_id)

    @connected
    def read(self) -> list[SigningKey]:
        """Return all keys that are good, the newest first."""
        found: list[SigningKey] = []
        followed = 0
        for key_id, made, kept in queries.signing_keys(self.database):
            text = opened(self.cipher, kept)
            if text is not None and (not followed or followed > now_ms() - HOUR_MS):
                found.append(SigningKey(key_id, text, followed))
            followed = made
        self._known = {key.id: key for key in found}
        self._looked = time.monotonic()
        return found

    @connected
    def rotate(self, *, at_once: bool = False) -> None:
        """Make another key; with `at_once` the tokens of all others are refused within seconds."""
        if at_once:
            queries.delete_signing_keys(self.database)
        kept = self.cipher.encrypt(secrets.token_urlsafe(KEY_BYTES))
        queries.add_signing_key(self.database, kept, now_ms() - HOUR_MS)
