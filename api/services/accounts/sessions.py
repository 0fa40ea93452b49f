"""Sessions of the console: begun, turned into who is asking, ended."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from api.config.settings import AuthSettings
from api.db.base import now_ms
from api.db.connection import Database, connected
from api.secrets import SecretKey
from api.services.accounts import queries
from api.services.accounts.keys import USE_RECORDED_EVERY
from api.services.accounts.records import Principal, SessionRecord

MOST = 100
"""Sessions of an account: with one more the oldest ends, lest a script that signs in at each run
fill the table. A person has some on each device."""

LONGEST_AGENT = 255


class AccountSessions:
    """The sessions of all accounts; of a token only a hash of what it holds is kept."""

    def __init__(
        self, database: Database, secret: SecretKey, settings: Callable[[], AuthSettings]
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.secret = secret
        self.settings = settings

    def authenticate(self, token: str) -> Principal | None:
        """Return whose session a token stands for; None if it is wrong, ended or expired."""
        lifetime = timedelta(days=self.settings().session_days).total_seconds()
        try:
            held = self.serializer().loads(token, max_age=int(lifetime))
        except BadData:
            return None
        return self.find(digest(str(held)))

    @connected
    def find(self, token_hash: str) -> Principal | None:
        """Return whose session a token's hash belongs to; note that it was used."""
        found = queries.find_session(self.database, token_hash)
        if found is None:
            return None
        asker, last_used = found
        if now_ms() - last_used > USE_RECORDED_EVERY:
            queries.record_session_used(asker.session_id)
        return asker

    @connected
    def begin(self, user_id: str, agent: str, password_hash: str = "") -> str:
        """Create a session of a user beside their others; return its token.

        Empty where the account is shut out, or no longer has the hash, if one is given: a change
        of the password ends the sessions that are there, and none must begin after it.
        """
        held = secrets.token_hex(16)
        with self.database.atomic():
            if not queries.record_sign_in(self.database, user_id, password_hash):
                return ""
            queries.add_session(user_id, digest(held), agent.replace("\0", "")[:LONGEST_AGENT])
            surplus = queries.list_sessions(user_id)[MOST:]
            if surplus:
                queries.end_sessions([session.id for session in surplus])
        return str(self.serializer().dumps(held))

    @connected
    def list_sessions(self, user_id: str) -> list[SessionRecord]:
        """Return a user's sessions, the newest first."""
        return queries.list_sessions(user_id)

    @connected
    def end(self, asker: Principal) -> None:
        """End the session by which somebody asks; who asks by an API key has none."""
        queries.end_sessions([asker.session_id])

    def serializer(self) -> URLSafeTimedSerializer:
        """Return what signs and dates session tokens."""
        return URLSafeTimedSerializer(self.secret.derive("session tokens"))


def digest(held: str) -> str:
    """Return the SHA-256 of what a token holds in hex: it is random, as an API key is."""
    return hashlib.sha256(held.encode("utf-8", "replace")).hexdigest()
