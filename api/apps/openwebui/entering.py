"""Signing in by way of other places: a directory, providers, and a proxy that names people."""

from urllib.parse import urlencode

from flask import Blueprint, Response, request

from api.apps.openwebui.door import begun
from api.errors import NotConfiguredError
from api.federation.base import Problem
from api.http import outcome
from api.http.context import client_origin, services
from api.http.dialects import COOKIE as TOKEN
from api.http.links import public_url
from api.http.requests import json_body, query_arguments
from api.http.words import Told
from api.schemas.console.channel import CallbackQuery
from api.schemas.openwebui.session import DirectoryRequest
from api.services.identity.records import Landing
from api.services.webui.entrance import PROVIDER
from api.web.answers import leading_to, redirection
from api.web.landing import COOKIE, NOBODY, note_who, taking
from api.web.words import problem_said

FRONT = "/auth"
"""The page of the front end that signs in: it takes a token from a cookie, and shows an error."""

HANDED_OVER = 300
"""Seconds for which the page may read the cookie with its token; its first request is answered
with one that no page reads."""

NO_DIRECTORY = "There is no directory to sign in at: `ldap.url` names one."

blueprint = Blueprint("entering", __name__)


@blueprint.post("/api/v1/auths/ldap")
def enter_by_directory() -> Response:
    """Sign in by a name and a password that the directory knows."""
    credentials = json_body(DirectoryRequest).credentials()
    prove, origin = services().identity.directory.checking(), client_origin()
    if prove is None:
        raise NotConfiguredError(NO_DIRECTORY)
    return begun(services().webui.entrance.admit(prove(credentials, origin), origin))


@blueprint.get("/oauth/<provider>/login")
def depart(provider: str) -> Response:
    """Lead a browser to a provider."""
    redirect = f"{public_url()}/oauth/{provider}/login/callback"
    taken = request.cookies.get(COOKIE, "")
    departure = services().identity.providers.begin(provider, FRONT, redirect, taken)
    if departure.problem:
        return refused(departure.problem)
    return taking(leading_to(departure.address), departure.sealed)


@blueprint.get("/oauth/<provider>/login/callback")
@blueprint.get("/oauth/<provider>/callback")
def come_back(provider: str) -> Response:
    """Lead a browser that comes back from a provider to the front end, signed in or not."""
    callback = query_arguments(CallbackQuery).values()
    taken = request.cookies.get(COOKIE, "")
    finish = services().identity.providers.finish
    landing = finish(provider, callback, taken, client_origin())
    return taking(entered(landing), landing.sealed)


def entered(landing: Landing) -> Response:
    """Hand the front end the token of a session that has begun, or what is the matter."""
    if landing.problem:
        outcome.note(Told(NOBODY, 401, landing.problem))
        return refused(landing.problem)
    session = services().webui.entrance.of_session(landing.token, PROVIDER)
    note_who(landing.token)
    response = redirection(FRONT)
    response.set_cookie(
        TOKEN,
        session.token,
        max_age=HANDED_OVER,
        secure=request.is_secure,
        httponly=False,  # the page reads it, once
        samesite="Lax",
    )
    return response


def refused(problem: Problem) -> Response:
    """Lead to the front end, which says what is the matter."""
    told = {"pending": 1} if problem is Problem.PENDING else {"error": problem_said(problem)}
    return redirection(f"{FRONT}?{urlencode(told)}")
