"""People: accounts and invitations, for administrators, and everybody's own sessions."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.person import (
    DeletionQuery,
    InvitationRequest,
    NewPersonRequest,
    PeopleQuery,
    PersonChangeRequest,
    present_invitation,
    present_login_session,
    present_new_invitation,
    present_people,
    present_person,
)

blueprint = Blueprint("people", __name__)


@blueprint.get("/users")
@api_key_required
@operators_only
def list_people() -> Response:
    """List accounts, the oldest first."""
    query = query_arguments(PeopleQuery)
    people = services().people.people
    found = people.list_people(principal(), query.keywords, query.page_size, query.offset)
    return success(present_people(*found))


@blueprint.post("/users")
@api_key_required
@operators_only
def create() -> Response:
    """Make an account, whether sign-up is open or not."""
    wanted = json_body(NewPersonRequest)
    made = services().people.people.create(principal(), wanted.account(), wanted.role)
    return success(present_person(made))


@blueprint.get("/users/<user_id>")
@api_key_required
@operators_only
def show(user_id: str) -> Response:
    """Show an account."""
    return success(present_person(services().people.people.get(principal(), user_id)))


@blueprint.patch("/users/<user_id>")
@api_key_required
@operators_only
def change(user_id: str) -> Response:
    """Change role, name or password of an account, deactivate or activate it."""
    wanted = json_body(PersonChangeRequest).change()
    return success(present_person(services().people.people.change(principal(), user_id, wanted)))


@blueprint.delete("/users/<user_id>")
@api_key_required
@operators_only
def delete(user_id: str) -> Response:
    """Delete an account, whose things go to another one, if one is named."""
    taker = query_arguments(DeletionQuery).give_to
    services().groups.handover.delete(principal(), user_id, taker)
    return success(data=True)


@blueprint.get("/users/<user_id>/sessions")
@api_key_required
def list_sessions(user_id: str) -> Response:
    """List where an account is signed in: one's own (`me`), or to an administrator any."""
    found = services().people.people.list_sessions(principal(), user_id)
    asking = principal().session_id
    return success([present_login_session(session, asking) for session in found])


@blueprint.delete("/users/<user_id>/sessions")
@api_key_required
def end_sessions(user_id: str) -> Response:
    """End the sessions of an account, of one's own all but the one that asks."""
    services().people.people.end_sessions(principal(), user_id)
    return success(data=True)


@blueprint.delete("/users/<user_id>/sessions/<session_id>")
@api_key_required
def end_session(user_id: str, session_id: str) -> Response:
    """End one session of an account."""
    services().people.people.end_session(principal(), user_id, session_id)
    return success(data=True)


@blueprint.get("/invitations")
@api_key_required
@operators_only
def list_invitations() -> Response:
    """List the invitations that can be taken up."""
    found = services().people.sign_up.list_invitations(principal())
    return success([present_invitation(invitation) for invitation in found])


@blueprint.post("/invitations")
@api_key_required
@operators_only
def invite() -> Response:
    """Make an invitation to sign up; its code is shown this once."""
    wanted = json_body(InvitationRequest)
    sign_up = services().people.sign_up
    invite = sign_up.invite_by_mail if wanted.send else sign_up.invite
    made = invite(principal(), wanted.email, wanted.role, wanted.days)
    return success(present_new_invitation(made))


@blueprint.delete("/invitations/<invitation_id>")
@api_key_required
@operators_only
def withdraw(invitation_id: str) -> Response:
    """Withdraw an invitation."""
    services().people.sign_up.withdraw(principal(), invitation_id)
    return success(data=True)
