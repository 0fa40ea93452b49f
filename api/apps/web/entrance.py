"""Signing in, up and out, by forms that need no script."""

from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from api.federation.base import Problem
from api.http.authentication import with_session
from api.http.context import client_origin, services
from api.http.cookies import console_token, forgotten, remembered
from api.http.requests import validated
from api.http.sites import check_form
from api.http.vouching import vouched
from api.schemas.console.account import LoginRequest, RegisterRequest
from api.schemas.sdk.signing import CodeRequest
from api.services.accounts.records import SignedIn
from api.services.sign_in.records import Challenge
from api.web.addresses import BASE
from api.web.answers import (
    SIGN_IN,
    answering,
    is_inside,
    leading_to,
    page,
    qr,
    redirection,
    signing_in,
)
from api.web.landing import departing, landed, note_who

blueprint = Blueprint("entrance", __name__)


@blueprint.get(SIGN_IN)
def show_form() -> Response:
    """Show the form to sign in, and lead on who has done so."""
    target = target_of(request.args.get("next", ""))
    problem = problem_of(request.args.get("problem", ""))
    if with_session(console_token()):
        return redirection(target)
    if vouched() and not problem:
        return redirection(f"{SIGN_IN}/proxy?{urlencode({'next': target})}")
    return signing_in(target, problem=problem)


@blueprint.get(f"{SIGN_IN}/proxy")
def enter_by_proxy() -> Response:
    """Sign in whom the proxy in front of the server names."""
    target, person = target_of(request.args.get("next", "")), vouched()
    if person is None:
        return redirection(f"{SIGN_IN}?{urlencode({'next': target})}")
    end_session()
    return landed(services().identity.proxy.sign_in(person, target, client_origin()))


@blueprint.get(f"{SIGN_IN}/<provider>")
def go_to_provider(provider: str) -> Response:
    """Lead to a provider at which people sign in."""
    return departing(provider, target_of(request.args.get("next", "")))


@blueprint.post(SIGN_IN)
def sign_in() -> Response:
    """Sign in by a new session, which that of the browser ends for; or ask for a code."""
    g.target = target = target_of(request.form.get("next", ""))
    check_form()
    given = {name: request.form.get(name, "") for name in ("email", "password")}
    credentials = validated(LoginRequest, given).values()
    made = services().sign_in.passwords.start(credentials, client_origin())
    if isinstance(made, Challenge):
        return ask_for_code(made, target)
    return entered(redirection(target), made)


@blueprint.post(f"{SIGN_IN}/code")
def enter_code() -> Response:
    """Sign in by the code that follows the password; show the recovery codes of a new factor."""
    target = target_of(request.form.get("next", ""))
    challenge = request.form.get("challenge", "")
    answering("code.html", next=target, challenge=challenge, picture="", secret="")
    check_form()
    code = validated(CodeRequest, {"code": request.form.get("code", "")}).code
    made = services().sign_in.passwords.finish(challenge, code, client_origin())
    if isinstance(made, SignedIn):
        return entered(redirection(target), made)
    codes = page("recovery.html", codes=made.recovery_codes, next=f"{request.root_path}{target}")
    return entered(codes, made.signed_in)


@blueprint.get(f"{BASE}/signup")
def show_sign_up() -> Response:
    """Show the form to sign up."""
    return page("signup.html", problem=None, invitation=request.args.get("invitation", ""))


@blueprint.post(f"{BASE}/signup")
def sign_up() -> Response:
    """Make an account where that is allowed, and sign it in."""
    answering("signup.html", invitation=request.form.get("invitation", ""))
    check_form()
    names = ("nickname", "email", "password", "invitation")
    wanted = validated(RegisterRequest, {name: request.form.get(name, "") for name in names})
    made = services().people.sign_up.register(
        wanted.values(), wanted.invitation.strip(), client_origin()
    )
    return entered(redirection(BASE), made)


@blueprint.post(f"{BASE}/signout")
def sign_out() -> Response:
    """End the session and forget it."""
    check_form()
    end_session()
    elsewhere = services().live.current.proxy.sign_out_url if vouched() else ""
    return forgotten(leading_to(elsewhere) if elsewhere else redirection(SIGN_IN))


def ask_for_code(made: Challenge, target: str) -> Response:
    """Return the form for a code, with the picture of a factor that has to be set up first."""
    enrolment = made.enrolment
    return page(
        "code.html",
        problem=None,
        next=target,
        challenge=made.token,
        picture=qr(enrolment.uri) if enrolment else "",
        secret=enrolment.secret if enrolment else "",
    )


def entered(response: Response, made: SignedIn) -> Response:
    """Return an answer with the cookie of a new session; that which the browser had ends."""
    end_session()
    note_who(made.token)
    response.headers["Cache-Control"] = "no-store"
    return remembered(response, made.token)


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
