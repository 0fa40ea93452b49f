"""A new password by a link that is mailed, without script."""

from flask import Blueprint, Response, request

from api.http.context import client_origin, services
from api.http.requests import validated
from api.http.sites import check_form
from api.schemas.sdk.signing import NewPasswordRequest, ResetRequest
from api.web.addresses import BASE
from api.web.answers import SIGN_IN, answering, page, redirection

blueprint = Blueprint("forgotten", __name__)


@blueprint.get(f"{BASE}/forgot")
def show_form() -> Response:
    """Show the form to ask for a link."""
    return page("forgot.html", 200, problem=None, sent=False)


@blueprint.post(f"{BASE}/forgot")
def ask() -> Response:
    """Mail a link, if the address is that of an account."""
    answering("forgot.html", sent=False)
    check_form()
    email = validated(ResetRequest, {"email": request.form.get("email", "")}).email
    services().sign_in.resets.ask(email, client_origin())
    return page("forgot.html", 200, problem=None, sent=True)


@blueprint.get(f"{BASE}/reset")
def show_reset() -> Response:
    """Show the form to set a new password; the address holds what was mailed."""
    return unseen(page("reset.html", 200, problem=None, token=request.args.get("token", "")))


@blueprint.post(f"{BASE}/reset")
def reset() -> Response:
    """Set a new password."""
    token = request.form.get("token", "")
    answering("reset.html", token=token)
    check_form()
    given = {"token": token, "password": request.form.get("password", "")}
    wanted = validated(NewPasswordRequest, given)
    services().sign_in.resets.use(wanted.token, wanted.password)
    return redirection(SIGN_IN)


def unseen(response: Response) -> Response:
    """Return a page whose address no other site is to see, and no cache is to keep."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
