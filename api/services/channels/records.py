"""Channels and what is said in them, as the services take and return them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.access import Right
from api.services.accounts.grant_records import GrantRecord
from api.services.stores.knowledge_records import PersonRecord
from api.services.unset import UNSET, Unset


class ChannelKind(StrEnum):
    """What a channel is: of the server, a group of some people, or a talk of these."""

    STANDARD = ""
    GROUP = "group"
    TALK = "dm"


class ChannelRow(NamedTuple):
    """A channel; times in ms, `last_message_ns` in ns, 0 before the first message."""

    id: str
    user_id: str
    kind: str
    name: str
    description: str
    is_private: bool
    last_message_ns: int
    create_time: int
    update_time: int
    data: Mapping[str, object]
    meta: Mapping[str, object]


class Standing(NamedTuple):
    """What somebody has said of a channel, and whether they are a member; times in ns."""

    is_member: bool = False
    is_active: bool = True
    is_muted: bool = False
    last_read_ns: int = 0


NO_STANDING = Standing()


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as somebody sees it: what they may do, and how much of it they have not read.

    `people` are those in a group or talk, up to some, `people_count` how many may read it.
    """

    row: ChannelRow
    right: Right
    standing: Standing = NO_STANDING
    unread: int = 0
    people: Sequence[PersonRecord] = ()
    people_count: int = 0
    grants: Sequence[GrantRecord] = ()

    @property
    def is_managed(self) -> bool:
        """Return whether the asker manages it: nobody manages a talk."""
        return self.right is Right.OWN and self.row.kind != ChannelKind.TALK


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A channel that is to be made, with those who are to be in it."""

    kind: ChannelKind
    name: str
    description: str = ""
    is_private: bool = True
    data: Mapping[str, object] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)
    user_ids: Sequence[str] = ()
    group_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ChannelChange:
    """What is to change of a channel."""

    name: str | Unset = UNSET
    description: str | Unset = UNSET
    is_private: bool | Unset = UNSET
    data: Mapping[str, object] | Unset = UNSET
    meta: Mapping[str, object] | Unset = UNSET


class MemberRow(NamedTuple):
    """Somebody who may read a channel."""

    user_id: str
    email: str
    name: str
    is_superuser: bool
    last_login_time: int
    is_active: bool


class MessageRow(NamedTuple):
    """A message; times in ns. `parent_id` is '' outside threads."""

    id: str
    channel_id: str
    user_id: str
    model_id: str
    webhook_id: str
    parent_id: str
    reply_to_id: str
    content: str
    is_pinned: bool
    pinned_by: str
    pinned_ns: int
    reply_count: int
    latest_reply_ns: int
    created_ns: int
    changed_ns: int
    update_time: int
    data: Mapping[str, object]
    meta: Mapping[str, object]


class Author(NamedTuple):
    """Who has written a message: a person, or a webhook."""

    id: str
    name: str
    role: str


class Reaction(NamedTuple):
    """An emoji with which people answered a message; of them up to some are named."""

    name: str
    people: Sequence[Author]
    times: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message with all that is shown of it."""

    row: MessageRow
    author: Author | None = None
    reply_to: "Message | None" = None
    reactions: Sequence[Reaction] = ()


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that is to be posted; `temp_id` is what its client calls it until then."""

    content: str
    data: Mapping[str, object] = field(default_factory=dict)
    meta: Mapping[str, object] = field(default_factory=dict)
    parent_id: str = ""
    reply_to_id: str = ""
    temp_id: str = ""
    file_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that was posted or changed, in its channel, with the one whose thread it is in."""

    channel: ChannelRow
    message: Message
    parent: Message | None = None


class WebhookRow(NamedTuple):
    """A webhook of a channel; its token as it is sent."""

    id: str
    channel_id: str
    user_id: str
    name: str
    picture: str
    token: str
    last_used_ns: int
    create_time: int
    update_time: int
