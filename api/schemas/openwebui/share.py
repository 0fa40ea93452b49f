"""Shared conversations as Open WebUI's clients have them, and to whom they are granted."""

from collections.abc import Sequence
from typing import Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, Request, StorableText, Unbuilt
from api.schemas.openwebui.conversation import dashed
from api.services.accounts.grant_records import EVERYBODY, GrantRecord, Level, Subject
from api.services.groups.grants import MOST
from api.services.groups.records import WantedGrant
from api.services.webui.records import SharedRow

PERMISSIONS = {Level.READ: "read", Level.WRITE: "write", Level.MANAGE: "write"}


class ShareRequest(Request):
    """How a conversation is shared: to be read; others write in none."""

    share_mode: Unbuilt = None


class PageRequest(Request):
    """A page of a list."""

    page: int = Field(1, ge=1, le=10_000_000)


class GrantRequest(Request):
    """To whom something is granted: everybody is the user `*`."""

    principal_type: Literal["user", "group"]
    principal_id: StorableText = Field(min_length=1, max_length=255)
    permission: Literal["read", "write"] = "read"

    def wanted(self) -> WantedGrant:
        """Return the grant."""
        if self.principal_id == EVERYBODY:
            return WantedGrant(Subject.EVERYBODY, Level.READ)
        return WantedGrant(Subject(self.principal_type), Level.READ, self.principal_id)


class AccessRequest(NullFreeRequest):
    """To whom something is granted from now on, and to nobody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_grants": [{"principal_type": "user", "principal_id": "*"}]}]
        }
    )

    access_grants: list[GrantRequest] = Field(max_length=2 * MOST)

    def wanted(self) -> list[WantedGrant]:
        """Return the grants; who is named to read and to write is named once."""
        return list(dict.fromkeys(one.wanted() for one in self.access_grants))


class GrantAnswer(TypedDict):
    """A grant; times in seconds since 1970."""

    id: str
    resource_type: str
    resource_id: str
    principal_type: str
    principal_id: str
    permission: str
    created_at: int


class SharedAnswer(TypedDict):
    """A shared conversation in a list; times in seconds since 1970."""

    id: str
    chat_id: str
    title: str
    share_id: str
    updated_at: int
    created_at: int


def present_grant(share_id: str, one: GrantRecord) -> GrantAnswer:
    """Return a grant."""
    is_group = one.subject_kind == Subject.GROUP
    return {
        "id": f"{share_id}:{one.subject_id}",
        "resource_type": "shared_chat",
        "resource_id": dashed(share_id),
        "principal_type": "group" if is_group else "user",
        "principal_id": one.subject_id,
        "permission": PERMISSIONS[one.level],
        "created_at": one.create_time // 1000,
    }


def present_access(share_id: str, grants: Sequence[GrantRecord]) -> list[GrantAnswer]:
    """Return to whom a conversation is granted."""
    return [present_grant(share_id, one) for one in grants]


def present_shared_row(row: SharedRow) -> SharedAnswer:
    """Return a shared conversation of a list."""
    return {
        "id": dashed(row.chat_id),
        "chat_id": dashed(row.chat_id),
        "title": row.title,
        "share_id": dashed(row.id),
        "updated_at": row.update_time // 1000,
        "created_at": row.create_time // 1000,
    }


def present_shared(rows: Sequence[SharedRow]) -> list[SharedAnswer]:
    """Return shared conversations."""
    return [present_shared_row(row) for row in rows]
