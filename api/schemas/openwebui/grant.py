"""Grants as Open WebUI's clients have them: to whom a thing is granted, to read or to write."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.services.accounts.grant_records import EVERYBODY, GrantRecord, Level, Subject
from api.services.groups.grants import MOST
from api.services.groups.records import WantedGrant
from api.services.unset import UNSET, Unset


class GrantRequest(Request):
    """A grant: `principal_id` is an id, or `*` for everybody."""

    principal_type: Literal["user", "group"] = "user"
    principal_id: StorableText = Field(min_length=1, max_length=255)
    permission: Literal["read", "write"] = "read"

    def wanted(self) -> WantedGrant:
        """Return the grant."""
        level = Level(self.permission)
        if self.principal_id == EVERYBODY:
            return WantedGrant(Subject.EVERYBODY, level)
        return WantedGrant(Subject(self.principal_type), level, self.principal_id)


Grants = Annotated[list[GrantRequest], Field(max_length=2 * MOST)]


def distinct_grants(given: Sequence[GrantRequest]) -> list[WantedGrant]:
    """Return grants, one each: clients send two to who may write."""
    found: dict[tuple[str, str], WantedGrant] = {}
    for grant in (one.wanted() for one in given):
        key = (grant.subject, grant.name)
        if key not in found or grant.level is Level.WRITE:
            found[key] = grant
    return list(found.values())


class GrantingRequest(NullFreeRequest):
    """Something of which may be said to whom it is granted."""

    access_grants: Grants | None = None

    def granted(self) -> list[WantedGrant] | Unset:
        """Return the grants that are given, if any are."""
        return UNSET if self.access_grants is None else distinct_grants(self.access_grants)

    def first(self) -> list[WantedGrant]:
        """Return the grants of something new: none unless some are given."""
        return distinct_grants(self.access_grants or [])


class AccessRequest(NullFreeRequest):
    """To whom something is granted from now on: to these, and to nobody else."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"access_grants": [{"principal_type": "user", "principal_id": "*"}]}]
        }
    )

    access_grants: Grants

    def wanted(self) -> list[WantedGrant]:
        """Return the grants."""
        return distinct_grants(self.access_grants)

    def reading(self) -> list[WantedGrant]:
        """Return the grants of what can only be read."""
        return [replace(one, level=Level.READ) for one in self.wanted()]


class GrantAnswer(TypedDict):
    """A grant; times in seconds since 1970."""

    id: str
    resource_type: str
    resource_id: str
    principal_type: str
    principal_id: str
    permission: str
    created_at: int


def present_grants(
    resource: str, thing_id: str, grants: Sequence[GrantRecord]
) -> list[GrantAnswer]:
    """Return grants, of which one to write stands for reading, too."""
    return [
        {
            "id": f"{thing_id}:{grant.subject_id}:{permission}",
            "resource_type": resource,
            "resource_id": dashed(thing_id),
            "principal_type": "group" if grant.subject_kind == Subject.GROUP else "user",
            "principal_id": grant.subject_id,
            "permission": permission,
            "created_at": grant.create_time // 1000,
        }
        for grant in grants
        for permission in (("read",) if grant.level is Level.READ else ("read", "write"))
    ]
