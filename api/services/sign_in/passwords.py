"""Signing in by a password."""

from api.services.accounts.accounts import LOCAL, AccountService
from api.services.accounts.records import KeptSession, Proven, SignedIn
from api.services.accounts.values import Credentials, Origin


class PasswordSignIn:
    """Begins sessions for those who know a password."""

    def __init__(self, accounts: AccountService) -> None:
        """Initialize with the accounts."""
        self.accounts = accounts

    def sign_in(self, credentials: Credentials, origin: Origin = LOCAL) -> SignedIn:
        """Check a password and begin a session; the user's other sessions go on.

        Raises as `AccountService.prove` does.
        """
        while True:
            proven = self.prove(credentials, origin)
            token = self.accounts.sessions.begin(
                proven.user_id, origin.agent, proven.password_hash, origin.address
            )
            if token:  # else the password has been changed meanwhile, or the account shut out
                return SignedIn(self.accounts.profile_of(proven.user_id), token)

    def open(self, held: str, credentials: Credentials, origin: Origin) -> KeptSession:
        """Check a password and begin a session with refresh tokens, by what its token would hold.

        Raises as `AccountService.prove` does.
        """
        while True:
            proven = self.prove(credentials, origin)
            whence = (origin.agent, origin.address)
            kept = self.accounts.sessions.open(
                held, proven.user_id, whence, proven.password_hash, refresh=1
            )
            if kept:
                return kept

    def prove(self, credentials: Credentials, origin: Origin) -> Proven:
        """Check who signs in."""
        return self.accounts.prove(credentials, origin)
