"""Who is asking, and accounts as the services return them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking: a user of a tenant, by session or by API key (then `key_id` is set).

    `teams` are the other tenants of which the user is a member.
    """

    tenant_id: str
    user_id: str
    key_id: str = ""
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """A user; the tenant of the same id is theirs. `last_login_time` in ms, 0 before the first."""

    id: str
    email: str
    nickname: str
    create_time: int
    last_login_time: int = 0
    is_active: bool = True
    is_superuser: bool = False


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user as the console shows them, and the token of their new session."""

    user: dict[str, Any]
    token: str
