"""The page General of the front end's administrators, and whom people may ask for access."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.errors import NotAllowedError
from api.http.authentication import operators_only
from api.http.choosing import choose
from api.http.context import services
from api.http.requests import json_body
from api.schemas.openwebui.panel_general import (
    GeneralRequest,
    present_administrator,
    present_general,
)

ADMIN = "/api/v1/auths/admin"

blueprint = Blueprint("admin_config", __name__)


@blueprint.get(f"{ADMIN}/config")
@signed_in_only
@operators_only
def show() -> Response:
    """Show who may come in, for how long, and what of the front end is there."""
    return success(present_general(services().live.current))


@blueprint.post(f"{ADMIN}/config")
@signed_in_only
@operators_only
def change() -> Response:
    """Change that: these are settings of the server."""
    values = json_body(GeneralRequest).values(services().live.current)
    services().groups.groups.check_for_newcomers(str(values.get("auth.default_group", "")))
    return success(present_general(choose(values)))


@blueprint.get(f"{ADMIN}/details")
@signed_in_only
def details() -> Response:
    """Show whom people may ask for access, where the settings allow it."""
    frontend = services().live.current.frontend
    if frontend.shows_administrator != "on":
        raise NotAllowedError("Whom to ask is not shown here.")
    found = services().people.people.to_be_asked(frontend.administrator)
    return success(present_administrator(*found))
