"""Signing in by a password, and by a one-time code where the account has a second factor."""

import hashlib
from collections.abc import Callable

from itsdangerous import BadData, URLSafeTimedSerializer

from api.services.accounts.accounts import LOCAL, AccountService
from api.services.accounts.records import KeptSession, Proven, SignedIn
from api.services.accounts.values import Credentials, Origin
from api.services.sign_in.records import Challenge, Enrolled
from api.services.sign_in.second_factor import SecondFactors
from api.sign_in_errors import ChallengeError, CodeNeededError, FactorNeededError

CODE_SECONDS = 300
"""For how long after the password a code may come."""

Check = Callable[[Credentials, Origin], Proven]
"""Checks a password, here or where else it is known; raises as `AccountService.prove` does."""

Elsewhere = Callable[[], Check | None]
"""Returns what checks passwords where others know some, None where nobody else does."""


class PasswordSignIn:
    """Begins sessions for those who know a password and have their second factor."""

    def __init__(
        self, accounts: AccountService, factors: SecondFactors, elsewhere: Elsewhere
    ) -> None:
        """Initialize with the parts."""
        self.accounts = accounts
        self.factors = factors
        self.elsewhere = elsewhere

    def check(self, credentials: Credentials, origin: Origin) -> Proven:
        """Check a password, here or where else it is known."""
        return (self.elsewhere() or self.accounts.prove)(credentials, origin)

    # At once, as programs do.

    def sign_in(self, credentials: Credentials, origin: Origin = LOCAL) -> SignedIn:
        """Check a password and a code, and begin a session; the user's other sessions go on.

        Raises as `prove` does.
        """
        while True:
            signed_in = self.begin(self.prove(credentials, origin), origin)
            if signed_in:  # else the password has been changed meanwhile, or the account shut out
                return signed_in

    def open(self, held: str, credentials: Credentials, origin: Origin) -> KeptSession:
        """Begin a session with refresh tokens, by what its token would hold; raises as `prove`."""
        while True:
            kept = self.opened(held, self.prove(credentials, origin), origin)
            if kept:
                return kept

    def opened(self, held: str, proven: Proven, origin: Origin) -> KeptSession | None:
        """Begin a session; see `open` and `begin`."""
        whence = (origin.agent, origin.address)
        return self.accounts.sessions.open(
            held, proven.user_id, whence, proven.password_hash, refresh=1
        )

    def prove(self, credentials: Credentials, origin: Origin) -> Proven:
        """Check who signs in.

        Raises as `AccountService.prove` does, CodeNeededError, WrongCodeError, and
        FactorNeededError for an account that has to have a factor and has none.
        """
        proven = self.check(credentials, origin)
        self.check_factor(proven, credentials.code)
        return proven

    def check_factor(self, proven: Proven, code: str) -> None:
        """Check the second factor of who knew a password; raises as `prove` does."""
        if self.factors.has(proven.user_id):
            if not code:
                raise CodeNeededError
            self.factors.check(proven.user_id, code)
        elif self.factors.is_required(proven.user_id):
            raise FactorNeededError

    # Step by step, as people do.

    def start(self, credentials: Credentials, origin: Origin) -> SignedIn | Challenge:
        """Check a password; begin a session, or say that a code has to follow.

        Raises as `AccountService.prove` does.
        """
        while True:
            proven = self.check(credentials, origin)
            if self.factors.has(proven.user_id):
                return Challenge(self.challenge(proven))
            if self.factors.is_required(proven.user_id):
                return Challenge(self.challenge(proven), self.factors.make(proven.user_id))
            signed_in = self.begin(proven, origin)
            if signed_in:
                return signed_in

    def finish(self, challenge: str, code: str, origin: Origin) -> SignedIn | Enrolled:
        """Check the code that follows a password, and begin a session.

        The first code of a factor that has to be is its confirmation. Raises ChallengeError,
        WrongCodeError, and RateLimitError.
        """
        proven = self.challenged(challenge)
        codes: list[str] = []
        if self.factors.has(proven.user_id):
            self.factors.check(proven.user_id, code)
        else:
            codes = self.factors.confirm(proven.user_id, code)
        signed_in = self.begin(proven, origin)
        if signed_in is None:
            raise ChallengeError
        return Enrolled(signed_in, codes) if codes else signed_in

    def challenge(self, proven: Proven) -> str:
        """Return what says for some minutes that somebody knew a password."""
        return str(self.serializer().dumps([proven.user_id, digest(proven.password_hash)]))

    def challenged(self, challenge: str) -> Proven:
        """Return who knew a password, if it is still theirs; raises ChallengeError."""
        try:
            user_id, hashed = self.serializer().loads(challenge, max_age=CODE_SECONDS)
        except (BadData, ValueError, TypeError) as error:
            raise ChallengeError from error
        kept = self.accounts.password_hash(str(user_id))
        if digest(kept) != hashed:
            raise ChallengeError
        return Proven(str(user_id), kept)

    def begin(self, proven: Proven, origin: Origin) -> SignedIn | None:
        """Begin a session; None if the account has another password by now, or is shut out."""
        token = self.accounts.sessions.begin(
            proven.user_id, origin.agent, proven.password_hash, origin.address
        )
        return SignedIn(self.accounts.profile_of(proven.user_id), token) if token else None

    def serializer(self) -> URLSafeTimedSerializer:
        """Return what signs and dates challenges."""
        return URLSafeTimedSerializer(self.accounts.sessions.secret.derive("sign-in challenges"))


def digest(password_hash: str) -> str:
    """Return the SHA-256 of what is kept of a password in hex."""
    return hashlib.sha256(password_hash.encode()).hexdigest()
