"""Tenants and their members on the wire."""

from api.schemas.times import http_date
from api.services.accounts.records import MemberRecord, MembershipRecord, Role

ROLES = {Role.OWNER: "owner", Role.MEMBER: "normal"}
"""What the console calls the roles."""


def present_tenant(tenant: MembershipRecord) -> dict[str, object]:
    """Return a tenant as the console shows it to a member."""
    return {
        **tenant._asdict(),
        "role": ROLES[Role(tenant.role)],
        "update_date": http_date(tenant.update_time),
    }


def present_member(member: MemberRecord) -> dict[str, object]:
    """Return a member as the console shows them to the others."""
    return {
        "user_id": member.user_id,
        "nickname": member.nickname,
        "email": member.email,
        "avatar": member.avatar,
        "role": ROLES[Role(member.role)],
        "update_date": http_date(member.update_time),
    }
