"""What the front end keeps of a person, and their picture."""

from base64 import b64decode
from binascii import Error as NoBase64

from flask import Blueprint, Response

from api.apps.openwebui.door import leading_to_picture, signed_in_only, success
from api.errors import NotFoundError
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.group import present_group
from api.schemas.openwebui.permission import present_permissions
from api.schemas.openwebui.person import SettingsRequest, present_settings
from api.services.people.people import MYSELF
from api.things import Kind

PICTURE = "data:image/png;base64,"
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
    """Send the asker's own picture, or lead to that of nobody; those of others are not shown."""
    found = services().accounts.accounts.profile(principal())
    if user_id != found.id:
        raise NotFoundError(Kind.ACCOUNT, user_id)
    if not found.avatar.startswith(PICTURE):
        return leading_to_picture(NOBODY)
    try:
        content = b64decode(found.avatar.removeprefix(PICTURE), validate=True)
    except NoBase64:
        return leading_to_picture(NOBODY)
    return Response(content, mimetype="image/png")
