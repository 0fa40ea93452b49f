"""The first start: the first account and its API key, made exactly once."""

import secrets
from dataclasses import dataclass, field

from api.config.settings import BootstrapSettings
from api.db.connection import connected
from api.errors import ArgumentError, StartError
from api.services.accounts.accounts import AccountService
from api.services.accounts.keys import ApiKeyService, new_key
from api.services.accounts.records import AccountRole


@dataclass(frozen=True, slots=True)
class FirstAccount:
    """What the first start made; what was generated is to be shown once, then it is gone.

    `password` and `api_key` are empty where the settings gave them.
    """

    email: str
    password: str = field(repr=False)
    api_key: str = field(repr=False)


class BootstrapService:
    """Seeds an empty database."""

    def __init__(
        self, accounts: AccountService, keys: ApiKeyService, settings: BootstrapSettings
    ) -> None:
        """Initialize with the parts."""
        self.database = accounts.database
        self.accounts = accounts
        self.keys = keys
        self.settings = settings

    def seed(self) -> FirstAccount | None:
        """Make the first account unless there is one; None when there was nothing to do.

        Of several processes that do this at once one makes it: addresses are unique. Account
        and key are committed together, so that there is never one without the other.
        """
        if self.accounts.any_account():
            return None
        password = self.settings.password.get_secret_value()
        api_key = self.settings.api_key.get_secret_value()
        made = FirstAccount(
            self.settings.email,
            "" if password else secrets.token_urlsafe(12),
            "" if api_key else new_key(),
        )
        try:
            password_hash = self.accounts.passwords.hash(password or made.password)
        except ArgumentError as error:
            raise StartError(f"bootstrap.password: {error.message}") from error
        return made if self.create(password_hash, api_key or made.api_key) else None

    @connected
    def create(self, password_hash: str, api_key: str) -> bool:
        """Write the account and its key in one transaction; false if another process did."""
        with self.database.atomic():
            email = self.settings.email.lower()
            account = self.accounts.insert(email, password_hash, role=AccountRole.ADMINISTRATOR)
            if account is not None:
                self.keys.add(account.principal, "made at the first start", api_key)
        return account is not None
