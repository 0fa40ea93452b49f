"""How often passwords may be guessed: limits of failed sign-ins, and of sign-ups."""

import hashlib
import logging
from collections.abc import Callable
from datetime import timedelta

from api.attempts.base import Attempts, Count
from api.config.settings import AuthSettings
from api.errors import RateLimitError

log = logging.getLogger(__name__)

KNOWN_FOR = timedelta(days=30).total_seconds()
"""How long an address from which an account has signed in is not kept out by other addresses."""


MAIL_WINDOW = timedelta(hours=1).total_seconds()
MOST_MAIL = 5
"""Messages that strangers can have sent to one recipient within that time."""


class SignInLimits:
    """Counts failed sign-ins of an account from an address, of the account, and of the address.

    Only failures count, so that nobody who knows the password is slowed down by signing in often.
    The first limit is the strict one and keeps only that address from that account. Guesses from
    everywhere together are held to the second, which keeps strange addresses out, not those from
    which the account has signed in lately: nobody can lock an owner out from elsewhere.
    """

    def __init__(self, attempts: Attempts, settings: Callable[[], AuthSettings]) -> None:
        """Initialize with the counters; `settings` returns those that are in force now."""
        self.attempts = attempts
        self.settings = settings

    def check(self, account: str, address: str) -> None:
        """Raise RateLimitError where an address may not try an account's password now."""
        settings = self.settings()
        pair, whole, source, known = self._keys(account, address)
        self._hold(pair, settings.failures)
        self._hold(source, settings.failures_of_address)
        if not self.attempts.count(known).number:
            self._hold(whole, settings.failures_of_account)

    def failed(self, account: str, address: str) -> None:
        """Count a wrong password."""
        settings = self.settings()
        pair, whole, source, _ = self._keys(account, address)
        window = settings.failures_window
        if self.attempts.add(pair, window) == settings.failures:
            log.warning("%s may not try an account any more, for %.0f s.", address, window)
        if self.attempts.add(source, window) == settings.failures_of_address:
            log.warning("%s may not sign in any more, for %.0f s.", address, window)
        if self.attempts.add(whole, window) == settings.failures_of_account:
            log.warning("Strange addresses may not try an account any more, for %.0f s.", window)

    def succeeded(self, account: str, address: str) -> None:
        """Clear the failures of an address at an account, and mark it as the owner's."""
        pair, _, _, known = self._keys(account, address)
        self.attempts.reset(pair)
        self.attempts.reset(known)
        self.attempts.add(known, KNOWN_FOR)

    def forget(self, account: str, address: str) -> None:
        """Clear the failures of an address at something that is no account's password."""
        self.attempts.reset(self._keys(account, address)[0])

    def signs_up(self, address: str) -> None:
        """Count a sign-up; raises RateLimitError for one too many."""
        settings = self.settings()
        key = digest("sign-up", address)
        self._hold(key, settings.sign_ups_of_address)
        self.attempts.add(key, settings.failures_window)

    def asks_for_mail(self, recipient: str, address: str) -> bool:
        """Count a message that somebody asks for; return whether its recipient may get another.

        Raises RateLimitError for an address that asks for many.
        """
        settings = self.settings()
        asked, got = digest("mail from", address), digest("mail to", recipient)
        self._hold(asked, settings.sign_ups_of_address)
        self.attempts.add(asked, settings.failures_window)
        return self.attempts.add(got, MAIL_WINDOW) <= MOST_MAIL

    def _hold(self, key: str, limit: int) -> None:
        count: Count = self.attempts.count(key) if limit else Count()
        if limit and count.number >= limit:
            raise RateLimitError("Too many attempts: try again later.", after=count.left)

    def _keys(self, account: str, address: str) -> tuple[str, str, str, str]:
        name = account.strip().lower()
        return (
            digest("pair", name, address),
            digest("account", name),
            digest("address", address),
            digest("known", name, address),
        )


def digest(*parts: str) -> str:
    """Return a key for some texts, which does not show them and has a fixed length."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
