"""One's own second factor, and that of others for administrators."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import client_origin, principal, services
from api.http.requests import json_body
from api.schemas.sdk.signing import (
    CodeRequest,
    PasswordRequest,
    present_factor,
    present_new_factor,
    present_recovery_codes,
)

blueprint = Blueprint("second_factor", __name__)


@blueprint.get("/auth/second-factor")
@api_key_required
def show() -> Response:
    """Show whether one has a second factor."""
    return success(present_factor(services().sign_in.factors.state(principal().user_id)))


@blueprint.post("/auth/second-factor")
@api_key_required
def begin() -> Response:
    """Make the secret of a second factor; it counts once a code of it has come."""
    password = json_body(PasswordRequest).password
    made = services().sign_in.factors.begin(principal(), password, client_origin())
    return success(present_new_factor(made))


@blueprint.put("/auth/second-factor")
@api_key_required
def confirm() -> Response:
    """Let the second factor count by its first code; show the recovery codes, this once."""
    code = json_body(CodeRequest).code
    codes = services().sign_in.factors.confirm(principal().user_id, code)
    return success(present_recovery_codes(codes))


@blueprint.post("/auth/second-factor/codes")
@api_key_required
def renew_codes() -> Response:
    """Replace the recovery codes, and show them, this once."""
    password = json_body(PasswordRequest).password
    codes = services().sign_in.factors.renew_codes(principal(), password, client_origin())
    return success(present_recovery_codes(codes))


@blueprint.delete("/auth/second-factor")
@api_key_required
def remove() -> Response:
    """Remove one's second factor."""
    password = json_body(PasswordRequest).password
    services().sign_in.factors.remove(principal(), password, client_origin())
    return success(data=True)


@blueprint.delete("/users/<user_id>/second-factor")
@api_key_required
@operators_only
def reset(user_id: str) -> Response:
    """Remove the second factor of somebody who has lost it."""
    person = services().people.people.get(principal(), user_id)
    services().sign_in.factors.reset(person.id)
    return success(data=True)
