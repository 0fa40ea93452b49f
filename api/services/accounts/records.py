"""Who is asking, and accounts, keys, sessions, tenants and members as the services return them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.scopes import EVERYTHING, Scope, scope_of


class Granted(NamedTuple):
    """The clause of what is granted to somebody, with its values, and what of each, by id.

    Of very many things it is not known what of each: `ranks` is None.
    """

    clause: str
    values: Sequence[object]
    ranks: Mapping[str, int] | None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a user of a tenant, by session or by API key; the other one's id is empty.

    `teams` are the other tenants of which the user is a member. `contract` is the one that the key
    names for its answers, empty where it names none. `scope` is what the key may be used for.
    `granted` has what was found to be granted, by kind, of who is remembered; None for all others.
    """

    tenant_id: str
    user_id: str
    key_id: str = ""
    teams: tuple[str, ...] = ()
    session_id: str = ""
    contract: str = ""
    scope: Scope = EVERYTHING
    granted: dict[str, Granted | None] | None = field(default=None, compare=False, repr=False)


class AccountRole(StrEnum):
    """What an account is on this server.

    To one that is pending nothing is open before an administrator approves it.
    """

    ADMINISTRATOR = "administrator"
    USER = "user"
    PENDING = "pending"


STANDING: Mapping[AccountRole, Mapping[str, bool]] = {
    AccountRole.ADMINISTRATOR: {"is_superuser": True, "is_pending": False, "is_active": True},
    AccountRole.USER: {"is_superuser": False, "is_pending": False, "is_active": True},
    AccountRole.PENDING: {"is_superuser": False, "is_pending": True, "is_active": False},
}
"""What columns a role stands for."""


def role_of(*, is_superuser: bool, is_pending: bool) -> AccountRole:
    """Return the role that columns stand for."""
    if is_pending:
        return AccountRole.PENDING
    return AccountRole.ADMINISTRATOR if is_superuser else AccountRole.USER


class AccountRecord(NamedTuple):
    """A user; the tenant of the same id is theirs. `last_login_time` in ms, 0 before the first."""

    id: str
    email: str
    nickname: str
    create_time: int
    last_login_time: int = 0
    is_active: bool = True
    is_superuser: bool = False
    is_pending: bool = False

    @property
    def role(self) -> AccountRole:
        """Return what the account is."""
        return role_of(is_superuser=self.is_superuser, is_pending=self.is_pending)

    @property
    def principal(self) -> Principal:
        """Return who asks when the server's own command line asks for this user."""
        return Principal(self.id, self.id)


class ProfileRecord(NamedTuple):
    """What a user sees of themselves; times in ms."""

    id: str
    email: str
    nickname: str
    avatar: str
    language: str
    timezone: str
    is_superuser: bool
    is_active: bool
    last_login_time: int
    create_time: int
    update_time: int


class CredentialRecord(NamedTuple):
    """What a password is compared with."""

    user_id: str
    password_hash: str
    is_active: bool
    is_pending: bool


@dataclass(frozen=True, slots=True)
class Proven:
    """Who has proven to be a user, and by which hash of a password."""

    user_id: str
    password_hash: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user and the token of their new session."""

    user: ProfileRecord
    token: str = field(repr=False)


class SessionRecord(NamedTuple):
    """A session of an account; `agent` is what the client said of itself. Times in ms.

    `address` is from where it began.
    """

    id: str
    create_time: int
    last_used_time: int
    agent: str
    address: str


class KeptSession(NamedTuple):
    """A session as it is kept: of what its token holds there is a hash alone. Times in ms.

    It counts while `epoch` is not below that of its account: one that ends all sessions counts the
    account's up. `refresh` is the number of the refresh token that is good now, 0 for a session
    without such tokens.
    """

    id: str
    user_id: str
    token_hash: str
    epoch: int
    refresh: int
    create_time: int
    last_used_time: int
    agent: str
    address: str


class KeyRecord(NamedTuple):
    """What may be shown of an API key; times in ms, `last_used_time` 0 before the first use.

    `contract` is the one in which it is answered, empty for that of the settings. `kept_scope` is
    what is kept of its scope, `expires_time` 0 for one without an end, `note` its owner's.
    """

    id: str
    tenant_id: str
    name: str
    hint: str
    create_time: int
    update_time: int
    last_used_time: int
    contract: str
    kept_scope: str
    expires_time: int
    note: str

    @property
    def scope(self) -> Scope:
        """Return what the key may be used for."""
        return scope_of(self.kept_scope)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: the only time that it is known whole."""

    record: KeyRecord
    key: str = field(repr=False)


class TenantRecord(NamedTuple):
    """A tenant, with the models that it uses by default (`model@Provider`, empty for none)."""

    id: str
    name: str
    llm_id: str
    embd_id: str
    img2txt_id: str
    asr_id: str
    tts_id: str
    rerank_id: str

    @property
    def tenant_id(self) -> str:
        """Return whose it is: its own."""
        return self.id

    @property
    def is_shared(self) -> bool:
        """Return whether its members may see it."""
        return True


class Role(StrEnum):
    """What a member is in a tenant: its one owner, or one who uses what the owner shares.

    Who is invited and has not accepted yet is neither: to them nothing is open.
    """

    OWNER = "owner"
    MEMBER = "member"
    INVITED = "invite"


class Person(NamedTuple):
    """A user as others see them beside what is theirs; the tenant of the same id is theirs."""

    id: str
    nickname: str
    avatar: str


class MemberRecord(NamedTuple):
    """A member of a tenant; `create_time` is since when, in ms."""

    user_id: str
    email: str
    nickname: str
    avatar: str
    role: str
    create_time: int
    update_time: int


class MembershipRecord(NamedTuple):
    """A tenant in which a user has a role, with its owner's address, name and picture.

    `update_time` is when the role was given or last changed, in ms.
    """

    tenant_id: str
    role: str
    nickname: str
    email: str
    avatar: str
    update_time: int
