"""Signing in with a password that a directory knows."""

import logging
from collections.abc import Callable

from api.config.settings import Settings
from api.db.connection import Database, connected
from api.errors import (
    AuthenticationError,
    DeactivatedError,
    ForbiddenError,
    NotAllowedError,
    UnavailableError,
)
from api.federation.base import FederationError, Identity, Problem
from api.federation.registry import open_directory
from api.services.accounts.records import Proven
from api.services.accounts.values import Credentials, Origin
from api.services.identity import queries
from api.services.identity.entry import Entry
from api.services.identity.records import ProviderState
from api.things import Kind

log = logging.getLogger(__name__)

PLACE = "ldap"
"""The section of its settings."""

AWAY = "The directory does not answer as it should: try again, or tell the administrator."
NOT_LET_IN = "Your account in the directory may not be used here: ask the administrator."


class DirectorySignIn:
    """Asks the directory about all whose password is not kept here."""

    def __init__(self, entry: Entry, settings: Callable[[], Settings]) -> None:
        """Initialize with the parts; `settings` returns those in force."""
        self.entry = entry
        self.settings = settings

    @property
    def is_there(self) -> bool:
        """Return whether there is a directory."""
        return self.settings().ldap.is_on

    def checking(self) -> Callable[[Credentials, Origin], Proven] | None:
        """Return what checks passwords by the directory; None where there is none."""
        return self.prove if self.is_there else None

    def check(self) -> list[ProviderState]:
        """Ask the directory, if there is one, for what is needed to sign in."""
        try:
            found = open_directory(self.settings())
            return [ProviderState(PLACE, found=found.check())] if found else []
        except FederationError as error:
            return [ProviderState(PLACE, error=error.message)]

    def prove(self, credentials: Credentials, origin: Origin) -> Proven:
        """Check a password here or in the directory; raises as `AccountService.prove` does.

        Who has a password here is asked for that alone, unless `ldap.link_by_email` says that the
        directory knows them, too: then its password counts beside the one here.
        """
        is_own = self.has_password(credentials.email)
        if is_own and not self.settings().ldap.links:
            return self.entry.accounts.prove(credentials, origin)
        found = self.found(credentials, origin, is_needed=not is_own)
        if found is None and is_own:
            return self.entry.accounts.prove(credentials, origin)
        return self.admitted(found, credentials, origin)

    @connected
    def has_password(self, email: str) -> bool:
        """Return whether a password is kept here of an account that the directory does not know."""
        kept = self.entry.accounts.credentials_of(email)
        if kept is None or not kept.password_hash:
            return False
        return not queries.is_of_provider(self.database, kept.user_id, PLACE)

    @property
    def database(self) -> Database:
        """Return where accounts are kept."""
        return self.entry.database

    def found(
        self, credentials: Credentials, origin: Origin, *, is_needed: bool
    ) -> Identity | None:
        """Return whom the directory knows by a name and a password.

        Raises RateLimitError, and UnavailableError where it does not answer and `is_needed`.
        """
        accounts = self.entry.accounts
        login = credentials.email.strip()
        accounts.limits.check(login, origin.address)
        password = accounts.passwords.opened(credentials.password)
        try:
            directory = open_directory(self.settings())
            found = directory.authenticate(login, password) if directory else None
        except FederationError as error:
            log.warning("The directory signs nobody in: %s", error)
            if is_needed:
                raise UnavailableError(AWAY) from error
            return None
        accounts.limits.check(login, origin.address)  # others may have failed meanwhile
        return found

    def admitted(self, found: Identity | None, credentials: Credentials, origin: Origin) -> Proven:
        """Return the account of whom the directory knows; raises as `prove` does."""
        accounts, login = self.entry.accounts, credentials.email.strip()
        if found is None:
            accounts.limits.failed(login, origin.address)
            raise AuthenticationError("The e-mail address or the password is not right.")
        accounts.limits.succeeded(login, origin.address)
        try:
            entered = self.entry.enter(found, PLACE, self.settings().ldap)
        except FederationError as error:
            log.warning("The directory signs nobody in (%s): %s", error.problem, error)
            raise NotAllowedError(SENTENCES.get(error.problem, NOT_LET_IN)) from error
        known = self.entry.people.found(entered.user_id)
        if known.is_pending:
            raise ForbiddenError(Kind.ACCOUNT)
        if not known.is_active:
            raise DeactivatedError("The account was deactivated.")
        return Proven(entered.user_id, accounts.password_hash(entered.user_id))


SENTENCES = {
    Problem.TAKEN: "An account here has your address already: ask the administrator.",
    Problem.UNVERIFIED: "The directory has no e-mail address of yours: ask the administrator.",
}
