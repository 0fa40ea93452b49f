"""People, for administrators; everybody finds themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.permissions import PERMISSIONS
from api.schemas.openwebui.group import present_groups
from api.schemas.openwebui.permission import PermissionsRequest, present_permissions
from api.schemas.openwebui.preview import Usable, present_preview
from api.schemas.openwebui.session import present_truth
from api.schemas.openwebui.user import (
    MOST_LISTED,
    PAGE,
    NamedRoleRequest,
    NewUserRequest,
    RoleRequest,
    UserChangeRequest,
    UserDeletionQuery,
    UsersQuery,
    present_active,
    present_found,
    present_user,
    present_users,
)
from api.services.accounts.records import Principal
from api.services.configuration.records import Author
from api.services.people.people import MYSELF, PeopleService
from api.services.people.records import PersonRecord
from api.services.stores.knowledge_values import Wanted
from api.services.webui.presence_records import Presence

blueprint = Blueprint("users", __name__)


def people() -> PeopleService:
    """Return the service of people."""
    return services().people.people


def presences(found: Sequence[PersonRecord]) -> Mapping[str, Presence]:
    """Return how people are, of whom that is known."""
    return services().webui.presence.of_people([person.id for person in found])


def usable(user_id: str) -> Usable:
    """Return what somebody may use, who is looked at as if they asked."""
    themselves = Principal(user_id, user_id)
    teams = services().accounts.members.list_tenants(themselves)
    asker = replace(themselves, teams=tuple(one.tenant_id for one in teams))
    bases = services().stores.knowledge_bases.list_page(asker, Wanted())
    return Usable(
        services().groups.groups.groups_of(user_id),
        services().webui.workspace.every(asker),
        bases.bases,
        bases.total,
        services().webui.tools.servers.offered(asker),
    )


def shown(user_id: str) -> Response:
    """Answer with an account: one's own, or to an administrator any."""
    found = people().shown(principal(), user_id)
    return success(present_user(found, services().webui.presence.of(found.id)))


@blueprint.get("/api/v1/users")
@signed_in_only
@operators_only
def list_users() -> Response:
    """List accounts, 30 a page, the newest first unless said otherwise."""
    wanted = query_arguments(UsersQuery)
    total, found = people().list_people(
        principal(), wanted.query, PAGE, wanted.offset, wanted.order()
    )
    groups = services().groups.groups.ids_by_user(principal(), [person.id for person in found])
    return success(present_users(total, found, groups, presences(found)))


@blueprint.get("/api/v1/users/all")
@signed_in_only
@operators_only
def list_all() -> Response:
    """List all accounts, the oldest first."""
    total, found = people().list_people(principal(), "", MOST_LISTED, 0)
    return success(present_found(total, found, presences(found)))


@blueprint.get("/api/v1/users/search")
@signed_in_only
def search() -> Response:
    """Find accounts by a text in address or name: an administrator any, others themselves.

    Who may use channels finds others by their names.
    """
    wanted = query_arguments(UsersQuery)
    if not people().administers(principal()):
        writable = services().channels.members.found(principal(), wanted.query, wanted.page)
        if writable is not None:
            return success(present_found(*writable, presences(writable[1])))
    total, found = people().known_to(principal(), wanted.query, PAGE, wanted.offset)
    return success(present_found(total, found, presences(found)))


@blueprint.get("/api/v1/users/<user_id>")
@signed_in_only
def show(user_id: str) -> Response:
    """Show an account: one's own, or to an administrator any."""
    return shown(user_id)


@blueprint.get("/api/v1/users/<user_id>/info")
@signed_in_only
def show_info(user_id: str) -> Response:
    """Show the same."""
    return shown(user_id)


@blueprint.get("/api/v1/users/<user_id>/active")
@signed_in_only
def show_active(user_id: str) -> Response:
    """Tell whether somebody is there: oneself, or to an administrator anybody."""
    whose = people().shown(principal(), user_id).id
    return success(present_active(services().webui.presence.of(whose)))


@blueprint.get("/api/v1/users/<user_id>/oauth/sessions")
@signed_in_only
@operators_only
def list_provider_sessions(user_id: str) -> Response:
    """List nothing: sessions that providers gave are not told one by one."""
    people().get(principal(), user_id)
    return success(present_groups([], {}))


@blueprint.get("/api/v1/users/<user_id>/preview")
@signed_in_only
@operators_only
def preview(user_id: str) -> Response:
    """Show what an account may use: its groups, and what is granted to it and to these."""
    whose = people().get(principal(), user_id)
    return success(present_preview(whose, usable(whose.id)))


@blueprint.get("/api/v1/users/<user_id>/groups")
@signed_in_only
def list_groups(user_id: str) -> Response:
    """List the groups of an account: one's own, or to an administrator any."""
    whose = people().shown(principal(), user_id).id
    found = services().groups.groups.groups_of(whose)
    return success(present_groups(found, services().groups.permissions.by_group(found)))


@blueprint.post("/api/v1/auths/add")
@signed_in_only
@operators_only
def add() -> Response:
    """Make an account, whether sign-up is open or not."""
    wanted = json_body(NewUserRequest)
    made = people().create(principal(), wanted.account(), wanted.wanted_role())
    return success(present_user(made))


@blueprint.post("/api/v1/users/<user_id>/update")
@blueprint.put("/api/v1/users/<user_id>")
@signed_in_only
@operators_only
def change(user_id: str) -> Response:
    """Change role, name, address or password of an account."""
    wanted = json_body(UserChangeRequest).change()
    return success(present_user(people().change(principal(), user_id, wanted)))


@blueprint.post("/api/v1/users/<user_id>/update/role")
@signed_in_only
@operators_only
def change_role(user_id: str) -> Response:
    """Change the role of an account."""
    wanted = json_body(RoleRequest).change()
    return success(present_user(people().change(principal(), user_id, wanted)))


@blueprint.post("/api/v1/users/update/role")
@signed_in_only
@operators_only
def change_named_role() -> Response:
    """Change the role of the account that is named."""
    wanted = json_body(NamedRoleRequest)
    return success(present_user(people().change(principal(), wanted.id, wanted.change())))


@blueprint.delete("/api/v1/users/<user_id>")
@signed_in_only
@operators_only
def delete(user_id: str) -> Response:
    """Delete an account, whose things go to another one, if one is named in `give_to`."""
    taker = query_arguments(UserDeletionQuery).give_to
    services().groups.handover.delete(principal(), user_id, taker)
    return success(present_truth(value=True))


@blueprint.post("/api/v1/users/<user_id>/sessions/revoke")
@signed_in_only
@operators_only
def end_sessions(user_id: str) -> Response:
    """End the sessions of an account; of one's own all but the one that asks."""
    people().end_sessions(principal(), user_id)
    return success(present_truth(value=True))


@blueprint.get("/api/v1/users/default/permissions")
@signed_in_only
@operators_only
def show_default_permissions() -> Response:
    """Show what users may do whom no group gives more."""
    return success(present_permissions(services().configuration.standing.given()))


@blueprint.post("/api/v1/users/default/permissions")
@signed_in_only
@operators_only
def set_default_permissions() -> Response:
    """Change what users may do whom no group gives more: it is the setting `auth.denied`."""
    said = json_body(PermissionsRequest).said()
    author = Author(people().shown(principal(), MYSELF).email, principal().user_id)
    return success(present_permissions(services().configuration.standing.say(author, said)))


@blueprint.get("/api/v1/users/default/permissions/defaults")
@signed_in_only
@operators_only
def show_first_permissions() -> Response:
    """Show what users may do where no setting says otherwise: all that is built."""
    return success(present_permissions(PERMISSIONS))
