"""Accounts: signing up and in, what users change about themselves, and administration."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from api.config.settings import AuthSettings
from api.db.connection import Database, connected
from api.errors import (
    AuthenticationError,
    DeactivatedError,
    EmailError,
    ForbiddenError,
    InvalidKeyError,
    NoAccountError,
    NotFoundError,
    TakenError,
    UnavailableError,
)
from api.services.accounts.passwords import Passwords
from api.services.accounts.queries import accounts as queries
from api.services.accounts.records import (
    AccountRecord,
    AccountRole,
    CredentialRecord,
    Principal,
    ProfileRecord,
    Proven,
)
from api.services.accounts.sessions import AccountSessions
from api.services.accounts.sign_in_limits import SignInLimits
from api.services.accounts.values import Credentials, NewAccount, Origin, ProfileChanges
from api.things import Kind

EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")
"""What passes for an e-mail address; whether mail arrives there is another question."""

LOCAL = Origin()


class AccountService:
    """Users with their tenants."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        sessions: AccountSessions,
        settings: Callable[[], AuthSettings],
        limits: SignInLimits,
    ) -> None:
        """Initialize with the parts; `settings` returns those that are in force now."""
        self.database = database
        self.passwords = passwords
        self.sessions = sessions
        self.settings = settings
        self.limits = limits

    # What users do about themselves.

    def prove(self, credentials: Credentials, origin: Origin = LOCAL) -> Proven:
        """Check a password; return who has proven to be whom, by which hash.

        Raises RateLimitError when the account or the address has been tried too often, and one
        AuthenticationError for a wrong password and for an address without an account.
        """
        email = credentials.email.strip()
        self.limits.check(email, origin.address)
        kept = self.credentials_of(email)
        if kept and kept.password_hash:  # else another place knows who they are
            matched = self.passwords.matches(kept.password_hash, credentials.password)
        else:
            matched = self.passwords.waste_time(credentials.password)
        # Again, before anything is told: of guesses sent at once others may have failed meanwhile.
        self.limits.check(email, origin.address)
        if not kept or not matched:
            self.limits.failed(email, origin.address)
            raise AuthenticationError("The e-mail address or the password is not right.")
        self.limits.succeeded(email, origin.address)
        if kept.is_pending:
            raise ForbiddenError(Kind.ACCOUNT)  # it waits for approval
        if not kept.is_active:
            raise DeactivatedError("The account was deactivated.")
        return Proven(kept.user_id, self.renewed(kept, credentials.password))

    def profile(self, asker: Principal) -> ProfileRecord:
        """Return who asks as they see themselves."""
        return self.profile_of(asker.user_id)

    def update_profile(
        self, asker: Principal, changes: ProfileChanges, origin: Origin = LOCAL
    ) -> None:
        """Change what a user says about themselves, and their password if they know the old one.

        Another password ends all sessions but the one that asks. Who holds a session may guess
        the old one no oftener than at the door; raises RateLimitError.
        """
        if changes.new_password is None:
            self.change(asker.user_id, changes.columns)
            return
        self.confirm_password(asker.user_id, changes.password, origin)
        fresh = self.passwords.hash(changes.new_password)
        columns = {**changes.columns, "password_hash": fresh}
        self.sessions.end_all(asker.user_id, asker.session_id, columns)

    def keep_timezone(self, asker: Principal, timezone: str) -> None:
        """Keep the time zone of a browser, which tells it each time that it opens a page."""
        if timezone and timezone != self.profile(asker).timezone:
            self.change(asker.user_id, {"timezone": timezone})

    def confirm_password(self, user_id: str, password: str, origin: Origin = LOCAL) -> None:
        """Check the password of who has signed in already, before something that matters.

        Raises AuthenticationError, and RateLimitError as `prove` does.
        """
        self.limits.check(user_id, origin.address)
        if not self.passwords.matches(self.password_hash(user_id), password):
            self.limits.failed(user_id, origin.address)
            raise AuthenticationError("The password is not right.")

    # Administration.

    @connected
    def any_account(self) -> bool:
        """Return whether there is an account at all."""
        return queries.any_account(self.database)

    def first_account(self) -> AccountRecord:
        """Return the oldest account; raises NotFoundError when there is none."""
        accounts = self.list_users()
        if not accounts:
            raise NoAccountError(Kind.ACCOUNT)
        return accounts[0]

    def administrator(self) -> AccountRecord:
        """Return the oldest account that administers the server; raises NotFoundError."""
        for account in self.list_users():
            if account.is_superuser and account.is_active:
                return account
        raise NoAccountError(Kind.ACCOUNT)

    @connected
    def list_users(self) -> list[AccountRecord]:
        """Return all accounts, the oldest first."""
        return queries.list_accounts()

    def create_user(self, new: NewAccount, role: AccountRole = AccountRole.USER) -> AccountRecord:
        """Make an account with its tenant; e-mail addresses are unique whatever their case."""
        address = self.check_new(new)
        password_hash = self.passwords.hash(new.password)
        account = self.insert(address.lower(), password_hash, new.nickname, role)
        if account is None:
            raise TakenError(Kind.ACCOUNT, address)
        return account

    def check_new(self, new: NewAccount) -> str:
        """Return the address of a new account; raises EmailError, and TakenError."""
        address = new.email.strip()
        check_address(address)
        if self.credentials_of(address):
            raise TakenError(Kind.ACCOUNT, address)
        return address

    @connected
    def insert(
        self,
        email: str,
        password_hash: str,
        nickname: str = "",
        role: AccountRole = AccountRole.USER,
    ) -> AccountRecord | None:
        """Write a user and their tenant in one transaction; None if the address is taken."""
        name = nickname or email.partition("@")[0]
        group_id = self.settings().default_group
        return queries.add_account(self.database, email, name, password_hash, role, group_id)

    def set_password(self, email: str, password: str) -> None:
        """Set the password of an account and end its sessions."""
        user_id = self.user_id_of(email)
        columns = {"password_hash": self.passwords.hash(password)}
        self.sessions.end_all(user_id, columns=columns)

    # The rows.

    def renewed(self, kept: CredentialRecord, password: str) -> str:
        """Return the hash that is kept of a password, from now on one with today's parameters.

        Where too many want one the old one will do.
        """
        if self.passwords.is_outdated(kept.password_hash):
            with suppress(UnavailableError):
                fresh = self.passwords.hash_again(password)
                self.replace_hash(kept, fresh)
                return fresh
        return kept.password_hash

    @connected
    def replace_hash(self, kept: CredentialRecord, fresh: str) -> None:
        """Write a hash of the same password, unless that has been changed meanwhile."""
        queries.replace_hash(self.database, kept, fresh)

    @connected
    def change(self, user_id: str, columns: Mapping[str, object]) -> None:
        """Write columns of a user."""
        if columns:
            queries.change_account(user_id, columns)

    @connected
    def profile_of(self, user_id: str) -> ProfileRecord:
        """Return a user as they see themselves; raises NotFoundError."""
        found = queries.find_profile(user_id)
        if found is None:
            raise NotFoundError(Kind.ACCOUNT)
        return found

    def user_id_of(self, email: str) -> str:
        """Return the id of an account; raises NotFoundError."""
        found = self.credentials_of(email)
        if found is None:
            raise NoAccountError(Kind.ACCOUNT, email)
        return found.user_id

    def standing_for(self, email: str) -> Principal:
        """Return who asks where the settings name an account for those without keys.

        Raises InvalidKeyError for an account that is not there, or was deactivated.
        """
        found = self.credentials_of(email)
        if found is None or not found.is_active:
            raise InvalidKeyError(f"The account {email}, which the settings name, cannot be used.")
        return Principal(found.user_id, found.user_id)

    @connected
    def credentials_of(self, email: str) -> CredentialRecord | None:
        """Return what the password of an address is compared with."""
        return queries.find_credentials(email.strip().lower())

    @connected
    def password_hash(self, user_id: str) -> str:
        """Return the hash that is kept of a user's password."""
        return queries.password_hash_of(self.database, user_id)


def check_address(address: str) -> None:
    """Raise EmailError for what is no e-mail address."""
    if not EMAIL.fullmatch(address):
        raise EmailError(f"Invalid email address: {address}!")
