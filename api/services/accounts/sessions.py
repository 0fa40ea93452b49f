"""Sessions: begun, turned into who is asking, ended."""

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property

from itsdangerous import BadData, URLSafeTimedSerializer

from api.config.settings import AuthSettings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.db.versions import revoked
from api.errors import UnavailableError
from api.secrets import SecretKey
from api.services.accounts.keys import USE_RECORDED_EVERY
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import KeptSession, Principal, SessionRecord
from api.services.accounts.remembered import Found, Remembered
from api.services.accounts.session_stores.base import SessionStore

log = logging.getLogger(__name__)

MOST = 100
"""Sessions of an account: with one more the oldest ends, lest a script that signs in at each run
fill the table. A person has some on each device."""

LONGEST_AGENT = 255
LONGEST_ADDRESS = 64

ID_LETTERS = 32

SEPARATOR, SEPARATORS = ".", 2
"""What stands between what a token holds, its time and its signature."""


class AccountSessions:
    """The sessions of all accounts; of a token only a hash of what it holds is kept."""

    def __init__(
        self,
        database: Database,
        secret: SecretKey,
        settings: Callable[[], AuthSettings],
        store: SessionStore,
        remembered: Remembered,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.secret = secret
        self.settings = settings
        self.store = store
        self.remembered = remembered

    def authenticate(self, token: str) -> Principal | None:
        """Return whose session a token stands for; None if it is wrong, ended or expired.

        Raises UnavailableError where sessions are kept elsewhere, and that does not answer.
        """
        if token.count(SEPARATOR) < SEPARATORS:  # an API key: its signature would be computed first
            return None
        lifetime = timedelta(days=self.settings().session_days).total_seconds()
        try:
            held = self.serializer.loads(token, max_age=int(lifetime))
        except BadData:
            return None
        token_hash = digest(str(held))
        found = self.remembered.find(token_hash, lambda: self.used(self.store.find(token_hash)))
        return found.asker if found else None

    def authenticate_by_id(self, session_id: str) -> Principal | None:
        """Return whose session has an id, which something that is signed names."""
        ask = self.store.find_by_id
        found = self.remembered.find(session_id, lambda: self.used(ask(session_id)))
        return found.asker if found else None

    def used(self, found: tuple[Principal, int] | None) -> Found | None:
        """Return who asks; note that the session was used."""
        if found is None:
            return None
        asker, last_used = found
        if now_ms() - last_used > USE_RECORDED_EVERY:
            self.store.record_use(asker.session_id)
        return Found(asker)

    def begin(self, user_id: str, agent: str, password_hash: str = "", address: str = "") -> str:
        """Create a session of a user beside their others; return its token.

        Empty where the account is shut out, or no longer has the hash, if one is given: a change
        of the password ends the sessions that are there, and none must begin after it.
        """
        held = secrets.token_hex(16)
        kept = self.open(held, user_id, (agent, address), password_hash)
        return str(self.serializer.dumps(held)) if kept else ""

    def open(
        self, held: str, user_id: str, whence: tuple[str, str], password_hash: str, refresh: int = 0
    ) -> KeptSession | None:
        """Keep a session by what its token is to hold; None as `begin` says.

        The account is looked at and counted on first, and the session belongs to the epoch that it
        had then: if all sessions are ended in between, this one has ended with them.
        """
        epoch = self.record_sign_in(user_id, password_hash)
        if epoch is None:
            return None
        token_hash, now, (agent, address) = digest(held), now_ms(), whence
        kept = KeptSession(
            id=token_hash[:ID_LETTERS],
            user_id=user_id,
            token_hash=token_hash,
            epoch=epoch,
            refresh=refresh,
            create_time=now,
            last_used_time=now,
            agent=agent.replace("\0", "")[:LONGEST_AGENT],
            address=address.replace("\0", "")[:LONGEST_ADDRESS],
        )
        self.store.add(kept, self.settings().session_days)
        for surplus in self.store.list_sessions(user_id)[MOST:]:
            self.end_one(user_id, surplus.id)
        return kept

    def list_sessions(self, user_id: str) -> list[SessionRecord]:
        """Return a user's sessions that have not ended, the newest first."""
        return [
            SessionRecord(one.id, one.create_time, one.last_used_time, one.agent, one.address)
            for one in self.store.list_sessions(user_id)
        ]

    def end(self, asker: Principal) -> None:
        """End the session by which somebody asks; who asks by an API key has none."""
        if asker.session_id:
            self.end_one(asker.user_id, asker.session_id)

    def end_one(self, user_id: str, session_id: str) -> bool:
        """End a session of a user; false if there is none."""
        ended = self.store.end(user_id, session_id)
        if ended:
            self.tell()
        return ended

    def end_all(
        self, user_id: str, but: str = "", columns: Mapping[str, object] | None = None
    ) -> None:
        """Write columns of a user and end all their sessions, or all but one, with that."""
        if but:
            self.carry_over(user_id, but)
        self.end_epoch(user_id, columns or {})
        self.forget(user_id, but)

    def carry_over(self, user_id: str, session_id: str) -> None:
        """Let a session go on after the next end of all sessions of its user."""
        self.store.carry_over(session_id, self.epoch_of(user_id) + 1)

    def forget(self, user_id: str, but: str = "") -> None:
        """Remove the sessions of an epoch that has ended: nobody can use them any more."""
        try:
            self.store.end_all(user_id, but)
        except UnavailableError as error:
            log.warning("Sessions that have ended are still kept for a while: %s", error)

    @connected
    def tell(self) -> None:
        """Let all processes know that a session has ended, wherever it was kept."""
        revoked()

    # The account's row.

    @connected
    def record_sign_in(self, user_id: str, password_hash: str) -> int | None:
        """Write down that a user signs in now and return their epoch; None as `begin` says."""
        with self.database.atomic():
            if not queries.record_sign_in(self.database, user_id, password_hash):
                return None
            return queries.epoch_of(self.database, user_id)

    @connected
    def epoch_of(self, user_id: str) -> int:
        """Return the epoch of a user."""
        return queries.epoch_of(self.database, user_id)

    @connected
    def end_epoch(self, user_id: str, columns: Mapping[str, object]) -> None:
        """Write columns of a user and end their epoch, at once."""
        with self.database.atomic():
            if columns:
                queries.change_account(user_id, columns)
            queries.end_epoch(self.database, user_id)

    @cached_property
    def serializer(self) -> URLSafeTimedSerializer:
        """Return what signs and dates session tokens."""
        return URLSafeTimedSerializer(self.secret.derive("session tokens"))


def digest(held: str) -> str:
    """Return the SHA-256 of what a token holds in hex: it is random, as an API key is."""
    return hashlib.sha256(held.encode("utf-8", "replace")).hexdigest()
