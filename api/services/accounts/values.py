"""What is handed to the services of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.services.accounts.scopes import EVERYTHING, Scope
from api.services.unset import UNSET, Unset

HERE = "local"
"""Where attempts come from that do not come through a connection."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from, and what its client says of itself."""

    address: str = HERE
    agent: str = ""


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What an API key is called, the contract in which it is answered, and what it is for.

    An empty contract stands for that of the settings. The key ends at a time in ms; 0 is never.
    `note` is what its owner wants to remember of it.
    """

    name: str = ""
    contract: str = ""
    scope: Scope = EVERYTHING
    expires_time: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What to change of an API key: all that is not UNSET."""

    name: str | Unset = UNSET
    scope: Scope | Unset = UNSET
    expires_time: int | Unset = UNSET
    note: str | Unset = UNSET


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in; the password as it arrived, and a one-time code where one was given."""

    email: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Who signs up; the password as it arrived."""

    email: str
    password: str = field(repr=False)
    nickname: str = ""


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What a user changes about themselves: columns of the account, and the password."""

    columns: Mapping[str, str]
    password: str = field(default="", repr=False)
    new_password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class TenantChanges:
    """What a tenant goes by from now on, by column; None as `tenant_id` means one's own."""

    tenant_id: str | None
    columns: Mapping[str, str]
