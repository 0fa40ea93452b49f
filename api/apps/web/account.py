"""One's own account, without script: where one is signed in, and the second factor."""

from flask import Blueprint, Response, request

from api.apps.web.door import signed_in_only
from api.http.context import client_origin, principal, services
from api.http.requests import validated
from api.http.sites import check_form
from api.schemas.sdk.signing import CodeRequest, PasswordRequest
from api.schemas.times import http_date
from api.web.addresses import BASE
from api.web.answers import answering, page, qr, redirection

blueprint = Blueprint("account", __name__)

ADDRESS = f"{BASE}/account"


@blueprint.get(ADDRESS)
@signed_in_only
def show() -> Response:
    """Show sessions and the second factor."""
    return page("account.html", 200, problem=None, **shown())


@blueprint.post(f"{ADDRESS}/sessions")
@signed_in_only
def end_sessions() -> Response:
    """End the session that the form names, or all but this one."""
    check_form()
    people, session = services().people.people, request.form.get("session", "")
    if session:
        people.end_session(principal(), principal().user_id, session)
    else:
        people.end_sessions(principal(), principal().user_id)
    return redirection(ADDRESS)


@blueprint.post(f"{ADDRESS}/factor")
@signed_in_only
def begin_factor() -> Response:
    """Show the picture of a new second factor, which its first code is to follow."""
    check_form()
    answering("account.html", **shown())
    made = services().sign_in.factors.begin(principal(), password_given(), client_origin())
    return page("factor.html", problem=None, picture=qr(made.uri), secret=made.secret)


@blueprint.post(f"{ADDRESS}/factor/confirm")
@signed_in_only
def confirm_factor() -> Response:
    """Let a second factor count, and show its recovery codes."""
    check_form()
    answering("factor.html", picture="", secret="")
    code = validated(CodeRequest, {"code": request.form.get("code", "")}).code
    codes = services().sign_in.factors.confirm(principal().user_id, code)
    return page("recovery.html", codes=codes, next=f"{request.root_path}{ADDRESS}")


@blueprint.post(f"{ADDRESS}/factor/remove")
@signed_in_only
def remove_factor() -> Response:
    """Remove the second factor."""
    check_form()
    answering("account.html", **shown())
    services().sign_in.factors.remove(principal(), password_given(), client_origin())
    return redirection(ADDRESS)


def shown() -> dict[str, object]:
    """Return what the page of an account shows."""
    asker = principal()
    sessions = [
        {
            "id": one.id,
            "agent": one.agent,
            "address": one.address,
            "used": http_date(one.last_used_time),
            "current": one.id == asker.session_id,
        }
        for one in services().people.people.list_sessions(asker, asker.user_id)
    ]
    return {"sessions": sessions, "factor": services().sign_in.factors.state(asker.user_id)}


def password_given() -> str:
    """Return the password that a form gives."""
    return validated(PasswordRequest, {"password": request.form.get("password", "")}).password
