"""People, their sessions, and invitations, on the wire."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from api.schemas.base import FilledPageQuery, Request, StrictRequest, without_nul
from api.services.accounts.records import AccountRole, SessionRecord
from api.services.accounts.values import NewAccount
from api.services.people.records import (
    InvitationRecord,
    NewInvitation,
    PersonChange,
    PersonRecord,
)
from api.services.unset import UNSET

Password = Annotated[str, Field(min_length=1, max_length=4096)]
Nickname = Annotated[
    str,
    StringConstraints(strip_whitespace=True, strict=True, min_length=1, max_length=100),
    AfterValidator(without_nul),
]


class PeopleQuery(FilledPageQuery):
    """Some of the accounts; `keywords` are in the address or the name."""

    keywords: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""


class DeletionQuery(Request):
    """Who gets the things of an account that is deleted: an id or an address, nobody if empty."""

    give_to: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""


class NewPersonRequest(StrictRequest):
    """A new account."""

    email: str = Field(max_length=255)
    password: Password
    nickname: Nickname | None = None
    role: AccountRole = AccountRole.USER

    def account(self) -> NewAccount:
        """Return what the service takes."""
        return NewAccount(self.email, self.password, self.nickname or "")


class PersonChangeRequest(StrictRequest):
    """What to change of an account; what is left out stays."""

    role: AccountRole | None = None
    is_active: bool | None = None
    nickname: Nickname | None = None
    password: Password | None = None

    def change(self) -> PersonChange:
        """Return what the service takes."""
        return PersonChange(
            UNSET if self.role is None else self.role,
            UNSET if self.is_active is None else self.is_active,
            UNSET if self.nickname is None else self.nickname,
            UNSET if self.password is None else self.password,
        )


class InvitationRequest(StrictRequest):
    """An invitation, for an address or for whoever has its code; it is over after some days.

    With `send` it is mailed to the address.
    """

    email: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""
    role: AccountRole = AccountRole.USER
    days: int = Field(7, ge=1, le=365)
    send: bool = False


class PersonAnswer(TypedDict):
    """An account; times in ms, `last_login_time` 0 before the first sign-in."""

    id: str
    email: str
    nickname: str
    role: str
    is_active: bool
    create_time: int
    last_login_time: int


class PeopleAnswer(TypedDict):
    """Some of the accounts, and how many there are."""

    total: int
    users: list[PersonAnswer]


class LoginSessionAnswer(TypedDict):
    """A session; `current` is true for the one that asks, `address` from where. Times in ms."""

    id: str
    agent: str
    address: str
    create_time: int
    last_used_time: int
    current: bool


class InvitationAnswer(TypedDict):
    """An invitation; times in ms."""

    id: str
    email: str
    role: str
    create_time: int
    expires_time: int


class NewInvitationAnswer(InvitationAnswer):
    """An invitation that was just made, with its code, which is shown this once."""

    code: str


def present_person(person: PersonRecord) -> PersonAnswer:
    """Return an account as it goes out."""
    return {
        "id": person.id,
        "email": person.email,
        "nickname": person.nickname,
        "role": person.role.value,
        "is_active": person.is_active,
        "create_time": person.create_time,
        "last_login_time": person.last_login_time,
    }


def present_people(total: int, people: Sequence[PersonRecord]) -> PeopleAnswer:
    """Return accounts as they go out."""
    return {"total": total, "users": [present_person(person) for person in people]}


def present_login_session(session: SessionRecord, asking: str) -> LoginSessionAnswer:
    """Return a session as it goes out; `asking` is the id of the one that asks."""
    return {
        "id": session.id,
        "agent": session.agent,
        "address": session.address,
        "create_time": session.create_time,
        "last_used_time": session.last_used_time,
        "current": session.id == asking,
    }


def present_invitation(invitation: InvitationRecord) -> InvitationAnswer:
    """Return an invitation as it goes out."""
    return {
        "id": invitation.id,
        "email": invitation.email,
        "role": invitation.role,
        "create_time": invitation.create_time,
        "expires_time": invitation.expires_time,
    }


def present_new_invitation(made: NewInvitation) -> NewInvitationAnswer:
    """Return an invitation with its code."""
    return {**present_invitation(made.record), "code": made.code}
