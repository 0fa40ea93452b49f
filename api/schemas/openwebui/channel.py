"""Channels as Open WebUI's clients have them; times in ns since 1970."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import MAX_PAGE, Ids, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import GrantAnswer, GrantingRequest, present_grants
from api.schemas.openwebui.session import IMAGE
from api.services.accounts.access import Right
from api.services.channels.records import (
    Channel,
    ChannelChange,
    ChannelKind,
    ChannelRow,
    MemberRow,
    NewChannel,
)
from api.services.stores.knowledge_records import PersonRecord as NamedPerson
from api.services.unset import UNSET
from api.services.webui.presence import is_there
from api.services.webui.presence_records import Presence

MS = 1_000_000
"""Nanoseconds of a millisecond."""

Name = Annotated[StorableText, Field(max_length=255)]
Free = Annotated[dict[str, object], Field(max_length=64)]
KindGiven = Literal["", "standard", "group", "dm"]


class NewChannelRequest(GrantingRequest):
    """A channel that is to be made: of the server, a group of people, or a talk of these."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "lamps"}]})

    name: Name = ""
    type: KindGiven = ""
    description: StorableText = Field("", max_length=10_000)
    is_private: bool = True
    data: Free = Field({})
    meta: Free = Field({})
    user_ids: Ids = Field([])
    group_ids: Ids = Field([])

    def channel(self) -> NewChannel:
        """Return the channel to make."""
        return NewChannel(
            ChannelKind("" if self.type == "standard" else self.type),
            self.name.strip(),
            self.description,
            self.is_private,
            self.data,
            self.meta,
            self.user_ids,
            self.group_ids,
        )


class ChannelChangeRequest(GrantingRequest):
    """What is to change of a channel; what it is stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "lamps"}]})

    name: Name | None = None
    description: Annotated[StorableText, Field(max_length=10_000)] | None = None
    is_private: bool | None = None
    data: Free | None = None
    meta: Free | None = None

    def change(self) -> ChannelChange:
        """Return what is to change."""
        return ChannelChange(
            name=UNSET if self.name is None else self.name,
            description=UNSET if self.description is None else self.description,
            is_private=UNSET if self.is_private is None else self.is_private,
            data=UNSET if self.data is None else self.data,
            meta=UNSET if self.meta is None else self.meta,
        )


class ChannelMembersQuery(Request):
    """A page of who may read a channel."""

    query: StorableText = Field("", max_length=255)
    order_by: Literal["name", "email", "role", "created_at", "last_active_at"] = "name"
    direction: Literal["", "asc", "desc"] = "asc"
    page: int = Field(1, ge=1, le=MAX_PAGE)


class ChannelMembersRequest(Request):
    """People, and groups of them, who are to be in a group."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"user_ids": []}]})

    user_ids: Ids = Field([])
    group_ids: Ids = Field([])


class ChannelLeaversRequest(Request):
    """People who are to be in a group no more."""

    user_ids: Ids = Field(min_length=1)


class MutedRequest(Request):
    """Whether the asker wants no word of a channel."""

    is_muted: bool = True


class ActiveRequest(Request):
    """Whether the asker sees a channel in their list."""

    is_active: bool = True


class ChannelPersonAnswer(TypedDict):
    """Somebody in a channel."""

    id: str
    name: str
    role: str
    profile_image_url: str


class ChannelAnswer(TypedDict):
    """A channel; what is the asker's own is left out where it is told to several."""

    id: str
    user_id: str
    type: str
    name: str
    description: str
    is_private: bool
    data: Mapping[str, Any]
    meta: Mapping[str, Any]
    created_at: int
    updated_at: int
    access_grants: NotRequired[list[GrantAnswer]]
    is_channel_muted: NotRequired[bool]
    is_active: NotRequired[bool]
    user_ids: NotRequired[list[str]]
    users: NotRequired[list[ChannelPersonAnswer]]
    last_message_at: NotRequired[int | None]
    unread_count: NotRequired[int]
    is_manager: NotRequired[bool]
    write_access: NotRequired[bool]
    user_count: NotRequired[int]
    last_read_at: NotRequired[int | None]


class ChannelMemberAnswer(ChannelPersonAnswer):
    """Who may read a channel; `last_active_at` in seconds."""

    email: str
    is_active: bool
    last_active_at: int


class ChannelMembersAnswer(TypedDict):
    """Some of those who may read a channel, and how many do."""

    users: list[ChannelMemberAnswer]
    total: int


def present_row(row: ChannelRow) -> ChannelAnswer:
    """Return a channel as all see it."""
    return {
        "id": dashed(row.id),
        "user_id": row.user_id,
        "type": row.kind,
        "name": row.name,
        "description": row.description,
        "is_private": row.is_private,
        "data": row.data,
        "meta": row.meta,
        "created_at": row.create_time * MS,
        "updated_at": row.update_time * MS,
    }


def present_named(person: NamedPerson) -> ChannelPersonAnswer:
    """Return somebody in a channel."""
    return {
        "id": person.id,
        "name": person.name,
        "role": "admin" if person.is_administrator else "user",
        "profile_image_url": IMAGE.format(person.id),
    }


def present_listed_channel(found: Channel) -> ChannelAnswer:
    """Return a channel in the asker's list."""
    row, said = found.row, found.standing
    shown: ChannelAnswer = {
        **present_row(row),
        "access_grants": present_grants("channel", row.id, found.grants),
        "is_channel_muted": said.is_muted,
        "is_active": said.is_active,
        "last_message_at": row.last_message_ns or None,
        "unread_count": found.unread,
        "last_read_at": said.last_read_ns or None,
    }
    if row.kind != ChannelKind.STANDARD:
        shown["user_ids"] = [one.id for one in found.people]
        shown["users"] = [present_named(one) for one in found.people]
    return shown


def present_channel(found: Channel) -> ChannelAnswer:
    """Return a channel with what the asker may do there."""
    return {
        **present_listed_channel(found),
        "is_manager": found.is_managed,
        "write_access": found.right >= Right.CHANGE,
        "user_count": found.people_count,
    }


def present_channels(found: Sequence[Channel]) -> list[ChannelAnswer]:
    """Return the asker's channels."""
    return [present_listed_channel(one) for one in found]


def present_members(
    found: Sequence[MemberRow], total: int, presences: Mapping[str, Presence]
) -> ChannelMembersAnswer:
    """Return some of those who may read a channel; addresses are not told."""
    users = [present_member(one, presences.get(one.user_id)) for one in found]
    return {"users": users, "total": total}


def present_member(one: MemberRow, presence: Presence | None) -> ChannelMemberAnswer:
    """Return who may read a channel, and whether they are there."""
    seen = presence.seen_time if presence else 0
    return {
        "id": one.user_id,
        "name": one.name,
        "role": "admin" if one.is_superuser else "user",
        "profile_image_url": IMAGE.format(one.user_id),
        "email": "",
        "is_active": is_there(presence),
        "last_active_at": max(one.last_login_time, seen) // 1000,
    }
