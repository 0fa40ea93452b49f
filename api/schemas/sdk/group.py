"""Groups of people and their members, on the wire."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from typing_extensions import TypedDict

from api.permissions import PERMISSIONS
from api.schemas.base import FilledPageQuery, Ids, StorableText, StrictRequest, without_nul
from api.services.groups.records import (
    GroupChange,
    GroupFilter,
    GroupMemberRecord,
    GroupRecord,
    NewGroup,
)
from api.services.unset import UNSET

Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, strict=True, min_length=1, max_length=255),
    AfterValidator(without_nul),
]


class GroupsQuery(FilledPageQuery):
    """Some of the groups; `keywords` are in the name."""

    keywords: Annotated[StorableText, Field(max_length=255)] = ""

    def wanted(self) -> GroupFilter:
        """Return what the service takes."""
        return GroupFilter(keywords=self.keywords)


class NewGroupRequest(StrictRequest):
    """A new group, with its first members."""

    name: Name
    description: StorableText = ""
    user_ids: Ids = Field(default_factory=list)

    def group(self) -> NewGroup:
        """Return what the service takes."""
        return NewGroup(self.name, self.description)


class GroupChangeRequest(StrictRequest):
    """What to change of a group; what is left out stays. `user_ids` are all its members then."""

    name: Name | None = None
    description: StorableText | None = None
    user_ids: Ids | None = None

    def change(self) -> GroupChange:
        """Return what the service takes."""
        return GroupChange(
            name=UNSET if self.name is None else self.name,
            description=UNSET if self.description is None else self.description,
            member_ids=UNSET if self.user_ids is None else tuple(self.user_ids),
        )


class MembersRequest(StrictRequest):
    """People who are to be members of a group, or no longer."""

    user_ids: Ids = Field(min_length=1)


def permission(name: str) -> str:
    """Refuse what is no permission."""
    if name not in PERMISSIONS:
        raise ValueError(f"there is no such permission: choose of {', '.join(PERMISSIONS)}")
    return name


class PermissionsRequest(StrictRequest):
    """What a group gives to those in it from now on: these permissions, and no others."""

    permissions: Annotated[
        list[Annotated[str, AfterValidator(permission)]],
        Field(max_length=len(PERMISSIONS), json_schema_extra={"examples": [["keys"]]}),
    ]


class PermissionsAnswer(TypedDict):
    """What somebody may do, or a group gives."""

    permissions: list[str]


def present_permissions(names: Sequence[str]) -> PermissionsAnswer:
    """Return permissions as they go out."""
    return {"permissions": list(names)}


class GroupAnswer(TypedDict):
    """A group; times in ms. `update_time` changes with its members, too."""

    id: str
    name: str
    description: str
    external_id: str
    member_count: int
    create_time: int
    update_time: int


class GroupsAnswer(TypedDict):
    """Some of the groups, and how many there are."""

    total: int
    groups: list[GroupAnswer]


class GroupMemberAnswer(TypedDict):
    """A member of a group; `create_time` is since when, in ms."""

    user_id: str
    email: str
    nickname: str
    create_time: int


class GroupMembersAnswer(TypedDict):
    """Some of the members of a group, and how many there are."""

    total: int
    members: list[GroupMemberAnswer]


def present_group(group: GroupRecord) -> GroupAnswer:
    """Return a group as it goes out."""
    return {
        "id": group.id,
        "name": group.name,
        "description": group.description,
        "external_id": group.external_id,
        "member_count": group.member_count,
        "create_time": group.create_time,
        "update_time": group.update_time,
    }


def present_groups(total: int, groups: Sequence[GroupRecord]) -> GroupsAnswer:
    """Return groups as they go out."""
    return {"total": total, "groups": [present_group(group) for group in groups]}


def present_group_members(total: int, members: Sequence[GroupMemberRecord]) -> GroupMembersAnswer:
    """Return members of a group as they go out."""
    shown: list[GroupMemberAnswer] = [
        {
            "user_id": member.user_id,
            "email": member.email,
            "nickname": member.nickname,
            "create_time": member.create_time,
        }
        for member in members
    ]
    return {"total": total, "members": shown}
