"""Groups of people, for administrators; everybody sees those that they are in."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.group import (
    PAGE,
    GroupRequest,
    MembersQuery,
    MembersRequest,
    present_export,
    present_group,
    present_groups,
    present_member,
    present_members,
)
from api.schemas.openwebui.session import present_truth
from api.services.groups.groups import GroupService
from api.services.groups.permissions import PermissionService
from api.services.groups.records import GroupRecord

blueprint = Blueprint("groups", __name__)


def groups() -> GroupService:
    """Return the service of groups."""
    return services().groups.groups


def permissions() -> PermissionService:
    """Return the service of what groups give."""
    return services().groups.permissions


def shown(group: GroupRecord) -> Response:
    """Answer with a group and what it gives."""
    return success(present_group(group, permissions().by_group([group]).get(group.id, ())))


@blueprint.get("/api/v1/groups")
@signed_in_only
def list_groups() -> Response:
    """List groups by name: an administrator all, others those that they are in."""
    found = groups().seen(principal())
    return success(present_groups(found, permissions().by_group(found)))


@blueprint.post("/api/v1/groups/create")
@signed_in_only
@operators_only
def create() -> Response:
    """Make a group, and let it give permissions."""
    wanted = json_body(GroupRequest)
    return shown(groups().create(principal(), wanted.group()))


@blueprint.get("/api/v1/groups/id/<group_id>")
@signed_in_only
@operators_only
def show(group_id: str) -> Response:
    """Show a group."""
    return shown(groups().get(principal(), group_id))


@blueprint.get("/api/v1/groups/id/<group_id>/info")
@signed_in_only
def show_info(group_id: str) -> Response:
    """Show a group that the asker administers or is in."""
    return shown(groups().seen_one(principal(), group_id))


@blueprint.get("/api/v1/groups/id/<group_id>/export")
@signed_in_only
@operators_only
def export(group_id: str) -> Response:
    """Show a group with the ids of all its members."""
    found = groups().get(principal(), group_id)
    _, members = groups().list_members(principal(), group_id)
    names = permissions().of_group(principal(), group_id)
    return success(present_export(found, names, members))


@blueprint.post("/api/v1/groups/id/<group_id>/update")
@signed_in_only
@operators_only
def change(group_id: str) -> Response:
    """Change the name and description of a group, and what it gives."""
    wanted = json_body(GroupRequest)
    return shown(groups().change(principal(), group_id, wanted.change()))


@blueprint.delete("/api/v1/groups/id/<group_id>/delete")
@signed_in_only
@operators_only
def delete(group_id: str) -> Response:
    """Delete a group; the people in it stay."""
    groups().delete(principal(), group_id)
    return success(present_truth(value=True))


@blueprint.get("/api/v1/groups/id/<group_id>/members")
@signed_in_only
@operators_only
def list_members(group_id: str) -> Response:
    """List the members of a group, 30 a page, those of longest standing first."""
    wanted = query_arguments(MembersQuery)
    found = groups().find_members(principal(), group_id, wanted.query, PAGE, wanted.offset)
    return success(present_members(*found))


@blueprint.post("/api/v1/groups/id/<group_id>/users")
@signed_in_only
@operators_only
def list_users(group_id: str) -> Response:
    """List all members of a group."""
    _, members = groups().list_members(principal(), group_id)
    return success([present_member(member) for member in members])


@blueprint.post("/api/v1/groups/id/<group_id>/users/add")
@signed_in_only
@operators_only
def add_members(group_id: str) -> Response:
    """Make people members of a group."""
    wanted = json_body(MembersRequest)
    return shown(groups().add_members(principal(), group_id, wanted.user_ids))


@blueprint.post("/api/v1/groups/id/<group_id>/users/remove")
@signed_in_only
@operators_only
def remove_members(group_id: str) -> Response:
    """End the membership of people in a group."""
    wanted = json_body(MembersRequest)
    return shown(groups().remove_members(principal(), group_id, wanted.user_ids))
