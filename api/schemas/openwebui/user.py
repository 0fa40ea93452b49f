"""People as the administrator's pages of Open WebUI's clients have them."""

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, SecretStr
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, Request, StorableText, without_nul
from api.schemas.openwebui.session import IMAGE, PersonAnswer
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from api.services.people.records import PeopleOrder, PersonChange, PersonRecord
from api.services.unset import UNSET
from api.services.webui.presence import is_there
from api.services.webui.presence_records import Presence, Status

Presences = Mapping[str, Presence]

NO_STATUS = Status("", "")

PAGE = 30
"""People of a page."""

MOST_LISTED = 10_000
"""People that a list without pages has at most."""

Role = Literal["pending", "user", "admin"]

ROLES: Mapping[str, AccountRole] = {
    "pending": AccountRole.PENDING,
    "user": AccountRole.USER,
    "admin": AccountRole.ADMINISTRATOR,
}
"""Whoever is not active is `pending` here."""

COLUMNS = {
    "name": "nickname",
    "email": "email",
    "role": "role",
    "created_at": "create_time",
    "updated_at": "update_time",
    "last_active_at": "last_login_time",
}
"""By which columns people are listed."""


class UsersQuery(Request):
    """Some of the people, 30 a page, the newest first."""

    query: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""
    order_by: Literal["name", "email", "role", "created_at", "updated_at", "last_active_at"] = (
        "created_at"
    )
    direction: Literal["asc", "desc"] = "desc"
    page: int = Field(1, ge=1, le=10_000_000)

    def order(self) -> PeopleOrder:
        """Return the order."""
        return PeopleOrder(COLUMNS[self.order_by], descending=self.direction == "desc")

    @property
    def offset(self) -> int:
        """Return how many people come before the page."""
        return (self.page - 1) * PAGE


class UserDeletionQuery(Request):
    """Who gets the things of an account that is deleted: an id or an address, nobody if empty."""

    give_to: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""


class UserChangeRequest(NullFreeRequest):
    """What to change of an account; an empty password is none. Pictures are their owners'."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "user", "name": "Ada"}]})

    role: Role | None = None
    name: Annotated[StorableText, Field(min_length=1, max_length=100)] | None = None
    email: Annotated[StorableText, Field(min_length=1, max_length=255)] | None = None
    password: SecretStr = Field(SecretStr(""), max_length=1024)

    def change(self) -> PersonChange:
        """Return what is to change; who gets a role can sign in again."""
        secret = self.password.get_secret_value()
        return PersonChange(
            UNSET if self.role is None else ROLES[self.role],
            UNSET if self.role is None else self.role != "pending",
            UNSET if self.name is None else self.name,
            secret or UNSET,
            UNSET if self.email is None else self.email,
        )


class RoleRequest(Request):
    """The role that an account is to have."""

    role: Role

    def change(self) -> PersonChange:
        """Return what is to change; who gets a role can sign in again."""
        return PersonChange(ROLES[self.role], self.role != "pending")


class NamedRoleRequest(RoleRequest):
    """Which account is to have a role, and which."""

    id: str = Field(min_length=1, max_length=64)


class NewUserRequest(Request):
    """An account that an administrator makes."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Ada", "email": "a@b.org", "password": "x"}]}
    )

    name: Annotated[StorableText, Field(max_length=100)]
    email: str = Field(max_length=255)
    password: SecretStr = Field(min_length=1, max_length=1024)
    role: Role = "pending"

    def account(self) -> NewAccount:
        """Return the account that is wanted."""
        return NewAccount(self.email, self.password.get_secret_value(), self.name)

    def wanted_role(self) -> AccountRole:
        """Return its role."""
        return ROLES[self.role]


class UserAnswer(PersonAnswer):
    """An account; times in seconds since 1970, `last_active_at` 0 before the first sign-in."""

    last_active_at: int
    updated_at: int
    created_at: int
    is_active: bool
    status_emoji: str | None
    status_message: str | None
    status_expires_at: int | None
    group_ids: NotRequired[list[str]]


class UsersAnswer(TypedDict):
    """Some of the people, and how many there are."""

    users: list[UserAnswer]
    total: int


class ActiveAnswer(TypedDict):
    """Whether somebody is there."""

    active: bool


def role_shown(person: PersonRecord) -> str:
    """Return the role of an account in the words of this API."""
    if not person.is_active or person.is_pending:
        return "pending"
    return "admin" if person.is_superuser else "user"


def present_user(person: PersonRecord, presence: Presence | None = None) -> UserAnswer:
    """Return an account, and how somebody is as far as that is known."""
    said = status_of(presence)
    seen = presence.seen_time if presence else 0
    return {
        "id": person.id,
        "email": person.email,
        "name": person.nickname,
        "role": role_shown(person),
        "profile_image_url": IMAGE.format(person.id),
        "last_active_at": max(person.last_login_time, seen) // 1000,
        "updated_at": person.update_time // 1000,
        "created_at": person.create_time // 1000,
        "is_active": is_there(presence),
        "status_emoji": said.emoji or None,
        "status_message": said.message or None,
        "status_expires_at": said.ends or None,
    }


def present_active(presence: Presence) -> ActiveAnswer:
    """Return whether somebody is there."""
    return {"active": is_there(presence)}


def status_of(presence: Presence | None) -> Status:
    """Return how somebody is; nothing after its end."""
    if presence is None or 0 < presence.message_ends <= time.time():
        return NO_STATUS
    return Status(presence.emoji, presence.message, presence.message_ends)


def present_users(
    total: int,
    people: Sequence[PersonRecord],
    groups: Mapping[str, Sequence[str]],
    presences: Presences,
) -> UsersAnswer:
    """Return some of the people, with the ids of their groups."""
    found: list[UserAnswer] = [
        {
            **present_user(person, presences.get(person.id)),
            "group_ids": list(groups.get(person.id, ())),
        }
        for person in people
    ]
    return {"users": found, "total": total}


def present_found(total: int, people: Sequence[PersonRecord], presences: Presences) -> UsersAnswer:
    """Return some of the people."""
    found = [present_user(person, presences.get(person.id)) for person in people]
    return {"users": found, "total": total}
