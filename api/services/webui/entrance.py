"""Signing in as Open WebUI's clients do: one token for weeks, which names a session."""

import secrets
import time
import uuid
from datetime import timedelta

from api.errors import InvalidKeyError
from api.services.accounts.keys import ApiKeyService
from api.services.accounts.records import Principal, Proven
from api.services.accounts.values import Credentials, NewAccount, Origin
from api.services.people.sign_up import SignUpService
from api.services.sign_in.tokens import SESSION_TYPE, TokenService
from api.services.webui.records import WebSession

KEY_PREFIX = "sk-"
KEY_BYTES = 16
KEY_NAME = "Open WebUI"

PASSWORD, DIRECTORY, PROVIDER, PROXY = "password", "ldap", "oauth", "trusted_header"
"""How somebody has signed in, as a token says it."""


class EntranceService:
    """Makes tokens for those who know a password; what ends the session ends the token."""

    def __init__(self, tokens: TokenService, sign_up: SignUpService, keys: ApiKeyService) -> None:
        """Initialize with the parts."""
        self.tokens = tokens
        self.sign_up = sign_up
        self.keys = keys

    def sign_in(self, credentials: Credentials, origin: Origin) -> WebSession:
        """Check a password and begin a session; raises as `PasswordSignIn.sign_in`."""
        kept = self.tokens.passwords.open(secrets.token_hex(16), credentials, origin)
        return self.made(kept.user_id, kept.id)

    def admit(self, proven: Proven, origin: Origin) -> WebSession:
        """Begin a session of whom a directory knows.

        Raises as `PasswordSignIn.prove` where there is a second factor, and InvalidKeyError for an
        account that has been shut out meanwhile.
        """
        passwords = self.tokens.passwords
        passwords.check_factor(proven, "")
        kept = passwords.opened(secrets.token_hex(16), proven, origin)
        if kept is None:
            raise InvalidKeyError("The account was shut out.")
        return self.made(kept.user_id, kept.id, DIRECTORY)

    def of_session(self, token: str, method: str) -> WebSession:
        """Return a token of a session that has begun; raises InvalidKeyError where it is over."""
        asker = self.tokens.sessions.authenticate(token)
        if asker is None:
            raise InvalidKeyError("The session has ended: sign in again.")
        return self.made(asker.user_id, asker.session_id, method)

    def join(self, new: NewAccount, origin: Origin) -> WebSession:
        """Make an account where that is allowed, and sign it in; raises as `register`."""
        self.sign_up.register(new, origin=origin)
        return self.sign_in(Credentials(new.email, new.password), origin)

    def renewed(self, asker: Principal) -> WebSession:
        """Return a token of the asker's session that begins now."""
        return self.made(asker.user_id, asker.session_id)

    def made(self, user_id: str, session_id: str, method: str = PASSWORD) -> WebSession:
        """Return a token of a session; it lasts as long as sessions do."""
        now = int(time.time())
        days = self.tokens.accounts.settings().session_days
        ends = now + int(timedelta(days=days).total_seconds())
        claims = {
            "id": user_id,
            "sub": user_id,
            "sid": session_id,
            "typ": "session",
            "auth_method": method,
            "jti": uuid.uuid4().hex,
            "iat": now,
            "exp": ends,
        }
        return WebSession(user_id, self.tokens.sign(claims, SESSION_TYPE), ends)

    # The one key that a person has here.

    def key(self, asker: Principal) -> str:
        """Return the asker's key; empty where there is none, or keys are not kept readable."""
        readable = self.keys.readable(asker)
        return next((readable[one] for one in self.key_ids(asker) if one in readable), "")

    def renew_key(self, asker: Principal) -> str:
        """Make the asker a key in place of the one before; it is known whole this once."""
        before, key = self.key_ids(asker), new_key()
        self.keys.add(asker, KEY_NAME, key)
        for one in before:
            self.keys.revoke(asker, one)
        return key

    def forget_keys(self, asker: Principal) -> None:
        """Revoke the asker's key."""
        for one in self.key_ids(asker):
            self.keys.revoke(asker, one)

    def key_ids(self, asker: Principal) -> list[str]:
        """Return the ids of the asker's keys here."""
        found = self.keys.list_keys(asker)
        return [one.id for one in found if one.name == KEY_NAME and one.hint.startswith(KEY_PREFIX)]


def new_key() -> str:
    """Return a key as Open WebUI's clients know them: 128 random bits."""
    return KEY_PREFIX + secrets.token_hex(KEY_BYTES)
