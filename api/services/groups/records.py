"""Groups and their members as the services return them, and what is changed of a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.services.accounts.grant_records import Level, Subject
from api.services.unset import UNSET, Unset


class GroupRecord(NamedTuple):
    """A group; times in ms. `update_time` changes with its members, too.

    `external_id` is what a directory that keeps it calls it, empty for one that is kept here.
    """

    id: str
    name: str
    description: str
    external_id: str
    create_time: int
    update_time: int
    member_count: int


class GroupMemberRecord(NamedTuple):
    """A member of a group; `create_time` is since when, in ms."""

    user_id: str
    email: str
    nickname: str
    create_time: int


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A group that is to be made, with what of permissions it is said to give."""

    name: str
    description: str = ""
    external_id: str = ""
    permissions: Sequence[tuple[str, bool]] = ()


@dataclass(frozen=True, slots=True)
class GroupChange:
    """What to change of a group: all that is not UNSET. `member_ids` are its members from then.

    Of `permissions` it gives from then what is said to be on, and not what is off; others stay.
    """

    name: str | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    member_ids: tuple[str, ...] | Unset = UNSET
    permissions: Sequence[tuple[str, bool]] = ()


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """What is to be granted to whom: `name` is an address, a group's name, or an id of either."""

    subject: Subject
    level: Level
    name: str = ""


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups: those with a text in their name, that name, that external id, that member."""

    keywords: str = ""
    name: str = ""
    external_id: str = ""
    user_id: str = ""
