"""One-time codes beside a password (TOTP, RFC 6238), and recovery codes for a lost device."""

import hashlib
import hmac
import time
from collections.abc import Callable

import pyotp

from api.config.settings import AuthSettings
from api.db.connection import Database, connected
from api.errors import ArgumentError, ConflictError
from api.secrets import Cipher, opened
from api.services.accounts.accounts import LOCAL, AccountService
from api.services.accounts.records import Principal
from api.services.accounts.values import Origin
from api.services.sign_in import queries
from api.services.sign_in.records import FactorRecord, FactorState, NewFactor
from api.sign_in_errors import WrongCodeError

STEP = 30
"""Seconds for which a code is shown; what apps take for granted."""

AROUND = (0, -1, 1)
"""Steps whose codes are taken: clocks differ, and people type slowly (RFC 6238, 5.2)."""

CODES = 10
CODE_LETTERS = 16
"""Of 32: 80 bits, which nobody can go through, so that a plain hash of them is kept."""

ISSUER = "Raglan"

ANYWHERE = "any address"
"""Wrong codes are counted whatever they come from: there are but a million codes."""


class SecondFactors:
    """The factors of all accounts; a secret is kept encrypted, a recovery code hashed."""

    def __init__(
        self, accounts: AccountService, cipher: Cipher, settings: Callable[[], AuthSettings]
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.accounts = accounts
        self.cipher = cipher
        self.settings = settings

    @property
    def database(self) -> Database:
        """Return where factors are kept."""
        return self.accounts.database

    # Looking.

    @connected
    def state(self, user_id: str) -> FactorState:
        """Return whether an account has a factor, and whether it has to."""
        found = queries.find_factor(self.database, user_id)
        since = found.confirmed_time if found else 0
        left = queries.count_recovery_codes(self.database, user_id) if since else 0
        return FactorState(since, left, self.is_required(user_id))

    def is_required(self, user_id: str) -> bool:
        """Return whether the settings want a factor of an account."""
        wanted = self.settings().second_factor
        if wanted == "administrators":
            return self.accounts.profile_of(user_id).is_superuser
        return wanted == "everybody"

    # Setting up.

    def begin(self, asker: Principal, password: str, origin: Origin = LOCAL) -> NewFactor:
        """Make a secret for who knows their password; it counts once a code of it has come.

        Raises AuthenticationError, RateLimitError, and ConflictError where there is a factor.
        """
        self.accounts.confirm_password(asker.user_id, password, origin)
        return self.make(asker.user_id)

    def make(self, user_id: str) -> NewFactor:
        """Make a secret for an account, or return that which waits for its first code.

        Raises ConflictError where there is a factor.
        """
        email = self.accounts.profile_of(user_id).email
        secret = self.waiting_secret(user_id)
        uri = pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)
        return NewFactor(secret, uri)

    @connected
    def waiting_secret(self, user_id: str) -> str:
        """Return the secret of an account that waits for its first code."""
        found = queries.find_factor(self.database, user_id)
        if found and found.confirmed_time:
            raise ConflictError("There is a second factor already: remove it first.")
        known = opened(self.cipher, found.secret_encrypted) if found else None
        if known:
            return known
        secret = pyotp.random_base32()
        queries.keep_factor(self.database, user_id, self.cipher.encrypt(secret))
        return secret

    def confirm(self, user_id: str, code: str) -> list[str]:
        """Let a factor count, once its first code has come; return its recovery codes.

        Raises ArgumentError where none waits, WrongCodeError, and RateLimitError.
        """
        found = self.find(user_id)
        if found is None or found.confirmed_time:
            raise ArgumentError("No second factor waits for its first code: begin with one.")
        self.check_code(found, code)
        codes = [new_code() for _ in range(CODES)]
        self.keep_confirmed(user_id, codes)
        return codes

    def renew_codes(self, asker: Principal, password: str, origin: Origin = LOCAL) -> list[str]:
        """Replace the recovery codes of who knows their password; raises as `begin` does."""
        self.accounts.confirm_password(asker.user_id, password, origin)
        found = self.find(asker.user_id)
        if found is None or not found.confirmed_time:
            raise ConflictError("There is no second factor.")
        codes = [new_code() for _ in range(CODES)]
        self.keep_confirmed(asker.user_id, codes)
        return codes

    def remove(self, asker: Principal, password: str, origin: Origin = LOCAL) -> None:
        """Remove the factor of who knows their password; raises as `begin` does."""
        self.accounts.confirm_password(asker.user_id, password, origin)
        self.reset(asker.user_id)

    # Checking.

    def has(self, user_id: str) -> bool:
        """Return whether an account has a factor that counts."""
        found = self.find(user_id)
        return found is not None and found.confirmed_time > 0

    def check(self, user_id: str, code: str) -> None:
        """Check a one-time code or a recovery code of an account, either of which is good once.

        Raises WrongCodeError, and RateLimitError after some wrong ones.
        """
        found = self.find(user_id)
        if found is not None and found.confirmed_time:
            self.check_code(found, code)

    def check_code(self, factor: FactorRecord, code: str) -> None:
        """Check a code of a factor."""
        limits, name = self.accounts.limits, f"code of {factor.user_id}"
        limits.check(name, ANYWHERE)
        if not self.takes(factor, "".join(code.split()).replace("-", "").upper()):
            limits.failed(name, ANYWHERE)
            raise WrongCodeError
        limits.forget(name, ANYWHERE)

    @connected
    def takes(self, factor: FactorRecord, code: str) -> bool:
        """Return whether a code is good; use it up."""
        if len(code) == CODE_LETTERS:
            return queries.use_recovery_code(self.database, factor.user_id, digest(code))
        secret = opened(self.cipher, factor.secret_encrypted)
        step = step_of(secret, code) if secret else None
        return step is not None and queries.use_step(self.database, factor.user_id, step)

    # The rows.

    @connected
    def find(self, user_id: str) -> FactorRecord | None:
        """Return the factor of an account, be it confirmed or not."""
        return queries.find_factor(self.database, user_id)

    @connected
    def keep_confirmed(self, user_id: str, codes: list[str]) -> None:
        """Write that a factor counts, with its recovery codes."""
        hashes = [digest(code.replace("-", "")) for code in codes]
        with self.database.atomic():
            queries.confirm_factor(self.database, user_id)
            queries.replace_recovery_codes(self.database, user_id, hashes)

    @connected
    def reset(self, user_id: str) -> None:
        """Remove the factor of an account, for administrators and the command line."""
        with self.database.atomic():
            queries.delete_factor(self.database, user_id)


def step_of(secret: str, code: str) -> int | None:
    """Return the step whose code this is, of those around now; None if there is none."""
    now = int(time.time()) // STEP
    totp = pyotp.TOTP(secret)
    for around in AROUND:
        if hmac.compare_digest(totp.generate_otp(now + around), code):
            return now + around
    return None


def new_code() -> str:
    """Return a recovery code, in groups of four."""
    text = pyotp.random_base32(32)[:CODE_LETTERS]
    return "-".join(text[start : start + 4] for start in range(0, CODE_LETTERS, 4))


def digest(code: str) -> str:
    """Return the SHA-256 of a recovery code in hex."""
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
