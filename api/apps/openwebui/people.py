"""What the front end keeps of a person, and their picture."""

from flask import Blueprint, Response

from api.apps.openwebui.door import leading_to_picture, picture_or, signed_in_only, success
from api.errors import NotFoundError
from api.http.choosing import where_on
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.group import present_group
from api.schemas.openwebui.permission import present_permissions
from api.schemas.openwebui.person import (
    InfoRequest,
    SettingsRequest,
    StatusRequest,
    VariablesRequest,
    present_info,
    present_settings,
    present_variables,
)
from api.schemas.openwebui.user import present_user
from api.services.people.people import MYSELF

NOBODY = "user.png"
"""The picture of who has none: a file of the front end."""

blueprint = Blueprint("people", __name__)


@blueprint.get("/api/v1/users/user/settings")
@signed_in_only
def show_settings() -> Response:
    """Show what the asker prefers in the front end."""
    kept = services().webui.conversations.settings(principal())
    return success(present_settings(kept, services().operations.system.version))


@blueprint.post("/api/v1/users/user/settings/update")
@signed_in_only
def keep_settings() -> Response:
    """Keep what the asker prefers in the front end, in place of what was kept before."""
    settings = json_body(SettingsRequest).settings()
    services().webui.conversations.keep_settings(principal(), settings)
    return success(present_settings(settings, services().operations.system.version))


@blueprint.get("/api/v1/users/user/info")
@signed_in_only
def show_info() -> Response:
    """Show what the asker's client knows of them."""
    return success(present_info(services().webui.presence.of(principal().user_id)))


@blueprint.post("/api/v1/users/user/info/update")
@signed_in_only
def keep_info() -> Response:
    """Put something to what the asker's client knows of them."""
    told = json_body(InfoRequest).told()
    kept = services().webui.presence
    before = kept.of(principal().user_id).info
    return success(present_info(kept.keep_info(principal(), {**before, **told})))


@blueprint.get("/api/v1/users/user/variables")
@signed_in_only
def show_variables() -> Response:
    """Show texts of the asker that prompts name."""
    return success(present_variables(services().webui.presence.of(principal().user_id)))


@blueprint.post("/api/v1/users/user/variables/update")
@signed_in_only
def keep_variables() -> Response:
    """Keep texts that prompts name, in place of those before."""
    variables = json_body(VariablesRequest).variables
    return success(
        present_variables(services().webui.presence.keep_variables(principal(), variables))
    )


@blueprint.get("/api/v1/users/user/status")
@signed_in_only
def show_status() -> Response:
    """Show the asker, and how they are."""
    found = services().people.people.shown(principal(), MYSELF)
    return success(present_user(found, services().webui.presence.of(found.id)))


@blueprint.post("/api/v1/users/user/status/update")
@signed_in_only
def say_status() -> Response:
    """Keep how the asker is, for those who see them."""
    where_on("statuses", "Statuses of people")()
    presence = services().webui.presence.say(principal(), json_body(StatusRequest).status())
    return success(present_user(services().people.people.shown(principal(), MYSELF), presence))


@blueprint.get("/api/v1/users/permissions")
@signed_in_only
def permissions() -> Response:
    """Show what the asker may do in the front end."""
    return success(present_permissions(services().groups.permissions.of(principal(), MYSELF)))


@blueprint.get("/api/v1/users/groups")
@signed_in_only
def groups() -> Response:
    """List the groups that the asker is in."""
    found = services().groups.groups.groups_of(principal().user_id)
    given = services().groups.permissions.by_group(found)
    return success([present_group(group, given.get(group.id, ())) for group in found])


@blueprint.get("/api/v1/users/<user_id>/profile/image")
@signed_in_only
def picture(user_id: str) -> Response:
    """Send the picture of the asker, of somebody to whom they may write, or to administrators any.

    That of others is nobody's, which says as little as that of no account at all.
    """
    asker = principal()
    if user_id != asker.user_id and not services().people.people.administers(asker):
        try:
            user_id = services().channels.members.known(asker, user_id).id
        except NotFoundError:
            return leading_to_picture(NOBODY)
    return picture_or(services().accounts.accounts.profile_of(user_id).avatar, NOBODY)
