"""Tenants and their members on the wire."""

from pydantic import Field
from typing_extensions import TypedDict

from api.schemas.base import Request, StorableText
from api.schemas.times import http_date
from api.services.accounts.records import MemberRecord, MembershipRecord, Role

ROLES = {Role.OWNER: "owner", Role.MEMBER: "normal", Role.INVITED: "invite"}
"""What the console calls the roles."""


class InviteRequest(Request):
    """Whom to invite into a tenant: an account, by its address."""

    email: StorableText = Field(max_length=255)


class TenantAnswer(TypedDict):
    """A tenant in which the asker has a role, with its owner; `update_time` in ms."""

    tenant_id: str
    role: str
    nickname: str
    email: str
    avatar: str
    update_time: int
    update_date: str


class MemberAnswer(TypedDict):
    """A member of a tenant, or somebody who is invited."""

    user_id: str
    nickname: str
    email: str
    avatar: str
    role: str
    update_date: str


class InvitedAnswer(TypedDict):
    """Somebody who has just been invited."""

    id: str
    email: str
    nickname: str
    avatar: str
    role: str


def present_tenant(tenant: MembershipRecord) -> TenantAnswer:
    """Return a tenant as the console shows it to a member."""
    return {
        "tenant_id": tenant.tenant_id,
        "role": ROLES[Role(tenant.role)],
        "nickname": tenant.nickname,
        "email": tenant.email,
        "avatar": tenant.avatar,
        "update_time": tenant.update_time,
        "update_date": http_date(tenant.update_time),
    }


def present_member(member: MemberRecord) -> MemberAnswer:
    """Return a member as the console shows them to the others."""
    return {
        "user_id": member.user_id,
        "nickname": member.nickname,
        "email": member.email,
        "avatar": member.avatar,
        "role": ROLES[Role(member.role)],
        "update_date": http_date(member.update_time),
    }


def present_invited(member: MemberRecord) -> InvitedAnswer:
    """Return somebody who has just been invited."""
    return {
        "id": member.user_id,
        "email": member.email,
        "nickname": member.nickname,
        "avatar": member.avatar,
        "role": ROLES[Role(member.role)],
    }
