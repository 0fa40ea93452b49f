"""Signing in and out, by forms that need no script."""

from flask import Blueprint, Response, g, request

from api.errors import NotAllowedError
from api.federation.base import Problem
from api.http.context import client_origin, services
from api.http.cookies import console_token, forgotten, remembered
from api.http.requests import validated
from api.http.sites import is_same_origin
from api.schemas.console.account import LoginRequest
from api.web.addresses import BASE
from api.web.answers import SIGN_IN, is_inside, redirection, signing_in
from api.web.landing import departing

blueprint = Blueprint("entrance", __name__)


@blueprint.get(SIGN_IN)
def show_form() -> Response:
    """Show the form to sign in, and lead on who has done so."""
    target = target_of(request.args.get("next", ""))
    if services().accounts.sessions.authenticate(console_token()):
        return redirection(target)
    return signing_in(target, problem=problem_of(request.args.get("problem", "")))


@blueprint.get(f"{SIGN_IN}/<provider>")
def go_to_provider(provider: str) -> Response:
    """Lead to a provider at which people sign in."""
    return departing(provider, target_of(request.args.get("next", "")))


@blueprint.post(SIGN_IN)
def sign_in() -> Response:
    """Sign in by a new session; that which the browser had ends."""
    g.target = target_of(request.form.get("next", ""))
    check_origin()
    given = {name: request.form.get(name, "") for name in ("email", "password")}
    credentials = validated(LoginRequest, given).values()
    made = services().sign_in.passwords.sign_in(credentials, client_origin())
    end_session()
    response = redirection(g.target)
    return remembered(response, made.token)


@blueprint.post(f"{BASE}/signout")
def sign_out() -> Response:
    """End the session and forget it."""
    check_origin()
    end_session()
    return forgotten(redirection(SIGN_IN))


def target_of(address: str) -> str:
    """Return where to go from here: an address of the console that was asked for, or its first."""
    address = address.removeprefix(request.root_path)
    return address if is_inside(address) else BASE


def problem_of(name: str) -> Problem | None:
    """Return why nobody was signed in by a provider, if that is why the form is shown."""
    return Problem(name) if name in set(Problem) else None


def end_session() -> None:
    """End the session whose cookie the browser has sent, if any."""
    asker = services().accounts.sessions.authenticate(console_token())
    if asker is not None:
        services().accounts.sessions.end(asker)


def check_origin() -> None:
    """Refuse a form of another site, which could sign a person in as somebody else.

    Raises NotAllowedError.
    """
    if not is_same_origin():
        raise NotAllowedError("This form was sent by a page of another site.")
