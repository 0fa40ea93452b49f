"""Access tokens, good for a quarter of an hour, and refresh tokens, good once, that make them."""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cached_property

from itsdangerous import BadData, URLSafeTimedSerializer

from api.services.accounts.accounts import LOCAL, AccountService
from api.services.accounts.records import Principal
from api.services.accounts.sessions import AccountSessions
from api.services.accounts.values import Credentials, Origin
from api.services.sign_in.passwords import PasswordSignIn
from api.services.sign_in.records import Tokens
from api.services.sign_in.signing import SigningKeys
from api.sign_in_errors import RefreshError, ReusedTokenError
from rag.loading import loaded

log = logging.getLogger(__name__)

SESSION_TYPE = "JWT"
"""What the header of a token says that is good as long as its session."""

BEGINNING = "eyJ"
"""How every JWT begins: the base64 of `{"`. Nothing else that lets in does."""

SIGNED = "api.services.sign_in.jwts:signed"
READER = "api.services.sign_in.jwts:TokenReader"
"""What signs and reads tokens, loaded with the first one."""


class TokenService:
    """Signs people in by tokens; each family of them is a session, which can be ended.

    An access token names its session, which is looked up with every request: what ends the session
    or shuts the account out counts at once.
    """

    def __init__(self, passwords: PasswordSignIn, keys: SigningKeys) -> None:
        """Initialize with the parts."""
        self.passwords = passwords
        self.keys = keys

    @property
    def accounts(self) -> AccountService:
        """Return the accounts."""
        return self.passwords.accounts

    @property
    def sessions(self) -> AccountSessions:
        """Return the sessions."""
        return self.accounts.sessions

    @cached_property
    def read(self) -> Callable[[str], Mapping[str, object] | None]:
        """Return what returns the claims of an access token that is good, None for another."""
        read: Callable[[str], Mapping[str, object] | None] = loaded(READER)(self.secret_of).read
        return read

    def sign_in(self, credentials: Credentials, origin: Origin = LOCAL) -> Tokens:
        """Check a password and begin a family of tokens; raises as `PasswordSignIn.sign_in`."""
        kept = self.passwords.open(secrets.token_hex(16), credentials, origin)
        return self.made(kept.user_id, kept.id, 1)

    def refresh(self, token: str) -> Tokens:
        """Return the next tokens of a family.

        Raises RefreshError, and ReusedTokenError for a token that was used before: whoever has
        it, two have it, so the whole family ends.
        """
        session_id, number = self.opened(token)
        asker = self.sessions.authenticate_by_id(session_id)
        if asker is None:
            raise RefreshError("The session of this refresh token has ended: sign in again.")
        if not self.sessions.store.rotate(session_id, number):
            self.sessions.end(asker)
            log.warning("A refresh token was used twice: the session %s has ended.", session_id)
            raise ReusedTokenError
        return self.made(asker.user_id, session_id, number + 1)

    def authenticate(self, token: str) -> Principal | None:
        """Return who asks by an access token; None if it is none, over, or its session is."""
        if not token.startswith(BEGINNING):
            return None
        claims = self.read(token)
        if claims is None:
            return None
        found = self.sessions.authenticate_by_id(str(claims["sid"]))
        return found if found and found.user_id == claims["sub"] else None

    def secret_of(self, key_id: str) -> str | None:
        """Return the secret of a key that is good."""
        found = self.keys.find(key_id)
        return found.secret if found else None

    def made(self, user_id: str, session_id: str, number: int) -> Tokens:
        """Return the tokens of a session; the refresh token is the one of this number."""
        settings = self.accounts.settings()
        access_seconds = int(settings.access_minutes * 60)
        now = int(time.time())
        claims = {
            "sub": user_id,
            "sid": session_id,
            "iat": now,
            "exp": now + access_seconds,
        }
        return Tokens(
            user=self.accounts.profile_of(user_id),
            access=self.sign(claims),
            access_seconds=access_seconds,
            refresh=str(self.serializer().dumps([session_id, number])),
            refresh_seconds=int(timedelta(days=settings.session_days).total_seconds()),
        )

    def sign(self, claims: Mapping[str, object], *kind: str) -> str:
        """Return a token with some claims, of another kind than an access token if one is given."""
        key = self.keys.current()
        return str(loaded(SIGNED)(claims, key.id, key.secret, *kind))

    def opened(self, token: str) -> tuple[str, int]:
        """Return which session a refresh token is of, and its number; raises RefreshError."""
        lifetime = timedelta(days=self.accounts.settings().session_days).total_seconds()
        try:
            session_id, number = self.serializer().loads(token, max_age=int(lifetime))
        except (BadData, ValueError, TypeError) as error:
            raise RefreshError("This is no refresh token, or it is over.") from error
        return str(session_id), int(number)

    def serializer(self) -> URLSafeTimedSerializer:
        """Return what signs and dates refresh tokens."""
        return URLSafeTimedSerializer(self.sessions.secret.derive("refresh tokens"))
