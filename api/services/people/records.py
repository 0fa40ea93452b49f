"""People as administrators see them, invitations, and what of both is changed."""

from dataclasses import dataclass, field
from typing import NamedTuple

from api.services.accounts.records import AccountRole, role_of
from api.services.unset import UNSET, Unset


class PersonRecord(NamedTuple):
    """An account; times in ms, `last_login_time` 0 before the first sign-in."""

    id: str
    email: str
    nickname: str
    create_time: int
    last_login_time: int
    update_time: int
    is_active: bool
    is_superuser: bool
    is_pending: bool

    @property
    def role(self) -> AccountRole:
        """Return what the account is."""
        return role_of(is_superuser=self.is_superuser, is_pending=self.is_pending)


@dataclass(frozen=True, slots=True)
class PeopleOrder:
    """In which order accounts are listed: by a column, or by `role`."""

    column: str = "create_time"
    descending: bool = False


OLDEST_FIRST = PeopleOrder()


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What to change of an account: all that is not UNSET."""

    role: AccountRole | Unset = UNSET
    is_active: bool | Unset = UNSET
    nickname: str | Unset = UNSET
    password: str | Unset = field(default=UNSET, repr=False)
    email: str | Unset = UNSET


class InvitationRecord(NamedTuple):
    """An invitation that was not taken up yet; times in ms, `email` empty for whoever has it."""

    id: str
    email: str
    role: str
    create_time: int
    expires_time: int


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation that was just made: the only time that its code is known."""

    record: InvitationRecord
    code: str = field(repr=False)
