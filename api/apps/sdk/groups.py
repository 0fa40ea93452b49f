"""Groups of people, for administrators, and everybody's own."""

from dataclasses import replace

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.base import FilledPageQuery
from api.schemas.sdk.group import (
    GroupChangeRequest,
    GroupsQuery,
    MembersRequest,
    NewGroupRequest,
    PermissionsRequest,
    present_group,
    present_group_members,
    present_groups,
    present_permissions,
)
from api.services.groups.groups import GroupService

blueprint = Blueprint("groups", __name__)


def groups() -> GroupService:
    """Return the service of groups."""
    return services().groups.groups


@blueprint.get("/groups")
@api_key_required
@operators_only
def list_groups() -> Response:
    """List groups by name."""
    query = query_arguments(GroupsQuery)
    found = groups().list_groups(principal(), query.wanted(), query.page_size, query.offset)
    return success(present_groups(*found))


@blueprint.post("/groups")
@api_key_required
@operators_only
def create() -> Response:
    """Make a group."""
    wanted = json_body(NewGroupRequest)
    return success(present_group(groups().create(principal(), wanted.group(), wanted.user_ids)))


@blueprint.get("/groups/<group_id>")
@api_key_required
@operators_only
def show(group_id: str) -> Response:
    """Show a group."""
    return success(present_group(groups().get(principal(), group_id)))


@blueprint.patch("/groups/<group_id>")
@api_key_required
@operators_only
def change(group_id: str) -> Response:
    """Change the name, the description or all members of a group."""
    wanted = json_body(GroupChangeRequest).change()
    return success(present_group(groups().change(principal(), group_id, wanted)))


@blueprint.delete("/groups/<group_id>")
@api_key_required
@operators_only
def delete(group_id: str) -> Response:
    """Delete a group; the people in it stay."""
    groups().delete(principal(), group_id)
    return success(data=True)


@blueprint.get("/groups/<group_id>/members")
@api_key_required
@operators_only
def list_members(group_id: str) -> Response:
    """List the members of a group, those of longest standing first."""
    query = query_arguments(FilledPageQuery)
    found = groups().list_members(principal(), group_id, query.page_size, query.offset)
    return success(present_group_members(*found))


@blueprint.post("/groups/<group_id>/members")
@api_key_required
@operators_only
def add_members(group_id: str) -> Response:
    """Make people members of a group."""
    wanted = json_body(MembersRequest)
    return success(present_group(groups().add_members(principal(), group_id, wanted.user_ids)))


@blueprint.delete("/groups/<group_id>/members")
@api_key_required
@operators_only
def remove_members(group_id: str) -> Response:
    """End the membership of people in a group."""
    wanted = json_body(MembersRequest)
    return success(present_group(groups().remove_members(principal(), group_id, wanted.user_ids)))


@blueprint.get("/users/<user_id>/groups")
@api_key_required
def list_groups_of(user_id: str) -> Response:
    """List the groups that an account is in: one's own (`me`), or to an administrator any."""
    query = query_arguments(GroupsQuery)
    whose = services().people.people.id_of(principal(), user_id)
    wanted = replace(query.wanted(), user_id=whose)
    return success(
        present_groups(*groups().list_groups(principal(), wanted, query.page_size, query.offset))
    )


@blueprint.get("/groups/<group_id>/permissions")
@api_key_required
@operators_only
def show_permissions(group_id: str) -> Response:
    """List the permissions that a group gives to those in it."""
    found = services().groups.permissions.of_group(principal(), group_id)
    return success(present_permissions(found))


@blueprint.put("/groups/<group_id>/permissions")
@api_key_required
@operators_only
def set_permissions(group_id: str) -> Response:
    """Let a group give these permissions to those in it, and no others."""
    wanted = json_body(PermissionsRequest).permissions
    found = services().groups.permissions.set_of_group(principal(), group_id, wanted)
    return success(present_permissions(found))


@blueprint.get("/users/<user_id>/permissions")
@api_key_required
def list_permissions_of(user_id: str) -> Response:
    """List what an account may do: one's own (`me`), or to an administrator any."""
    found = services().groups.permissions.of(principal(), user_id)
    return success(present_permissions(found))
