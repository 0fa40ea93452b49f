"""Groups of people as Open WebUI's clients have them."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import Ids, NullFreeRequest, Request, StorableText, Unbuilt, without_nul
from api.schemas.openwebui.permission import Permissions, PermissionsRequest, present_given
from api.services.groups.records import GroupChange, GroupMemberRecord, GroupRecord, NewGroup

PAGE = 30
"""Members of a page."""


class MembersQuery(Request):
    """Some of the members: those with a text in address or name. All are direct ones."""

    query: Annotated[str, Field(max_length=255), AfterValidator(without_nul)] = ""
    page: int = Field(1, ge=1, le=10_000_000)

    @property
    def offset(self) -> int:
        """Return how many members come before the page."""
        return (self.page - 1) * PAGE


class GroupRequest(NullFreeRequest):
    """A group; with `permissions` also what it gives. Groups stand in no groups."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "readers", "description": "Who reads."}]}
    )

    name: Annotated[StorableText, Field(min_length=1, max_length=255)]
    description: StorableText = ""
    permissions: PermissionsRequest = PermissionsRequest()
    parent_group_id: Unbuilt = None

    def group(self) -> NewGroup:
        """Return the group to make."""
        said = self.permissions.said()
        return NewGroup(self.name, self.description, permissions=said)

    def change(self) -> GroupChange:
        """Return what is to change."""
        said = self.permissions.said()
        return GroupChange(name=self.name, description=self.description, permissions=said)


class MembersRequest(Request):
    """People who are to be in a group, or no longer."""

    user_ids: Ids = Field(min_length=1)


class GroupAnswer(TypedDict):
    """A group; times in seconds since 1970. Who made it is not kept."""

    id: str
    user_id: str
    parent_group_id: str | None
    name: str
    description: str
    data: dict[str, str] | None
    meta: dict[str, str] | None
    permissions: Permissions
    member_count: int
    created_at: int
    updated_at: int


class ExportAnswer(GroupAnswer):
    """A group with the ids of its members."""

    user_ids: list[str]


class MemberAnswer(TypedDict):
    """A member of a group."""

    id: str
    name: str
    email: str


class MembersAnswer(TypedDict):
    """Some of the members, how many there are, and how they came in: all directly."""

    items: list[MemberAnswer]
    total: int
    counts: dict[str, int]


def present_group(group: GroupRecord, names: Sequence[str]) -> GroupAnswer:
    """Return a group that gives these permissions."""
    return {
        "id": group.id,
        "user_id": "",
        "parent_group_id": None,
        "name": group.name,
        "description": group.description,
        "data": None,
        "meta": None,
        "permissions": present_given(names),
        "member_count": group.member_count,
        "created_at": group.create_time // 1000,
        "updated_at": group.update_time // 1000,
    }


def present_groups(
    groups: Sequence[GroupRecord], given: Mapping[str, Sequence[str]]
) -> list[GroupAnswer]:
    """Return groups with what they give."""
    return [present_group(group, given.get(group.id, ())) for group in groups]


def present_export(
    group: GroupRecord, names: Sequence[str], members: Sequence[GroupMemberRecord]
) -> ExportAnswer:
    """Return a group with the ids of its members."""
    return {**present_group(group, names), "user_ids": [member.user_id for member in members]}


def present_member(member: GroupMemberRecord) -> MemberAnswer:
    """Return a member."""
    return {"id": member.user_id, "name": member.nickname, "email": member.email}


def present_members(total: int, members: Sequence[GroupMemberRecord]) -> MembersAnswer:
    """Return some of the members."""
    return {
        "items": [present_member(member) for member in members],
        "total": total,
        "counts": {"direct": total, "inherited": 0, "effective": total},
    }
