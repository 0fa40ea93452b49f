"""Browsers on their way to a provider, and back: wherever they end, it is a page."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Response, request

from api.http import outcome
from api.http.admission import WHO
from api.http.context import services
from api.http.cookies import below_prefix, remembered
from api.http.links import public_url
from api.http.words import Told
from api.services.identity.attempts import LIFETIME
from api.services.identity.records import Departure, Landing
from api.web.addresses import BASE
from api.web.answers import SIGN_IN, leading_to, redirection

COOKIE = "raglan_signing_in"
"""What a browser takes along: it can do nothing but take it back."""

CALLBACK = "/v1/user/oauth/callback"
"""Where all come back, before the name of the provider: an address that RAGFlow's users have
registered at their providers."""

NOBODY = 109
"""The code of who is not signed in, for the logs: a browser is led to a form that says why."""

OTHER_PAGES = "/"
"""The target of who began at RAGFlow's own pages, which take the session from the address."""


def departing(provider: str, target: str) -> Response:
    """Lead a browser to a provider."""
    redirect = f"{public_url()}{CALLBACK}/{provider}"
    taken = request.cookies.get(COOKIE, "")
    departure = services().identity.providers.begin(provider, target, redirect, taken)
    return departed(departure, target)


def departed(departure: Departure, target: str) -> Response:
    """Lead a browser to a provider, or back to the form with what is the matter."""
    if departure.problem:
        return redirection(refused_at(target, departure.problem))
    return taking(leading_to(departure.address), departure.sealed)


def landed(landing: Landing) -> Response:
    """Lead a browser that has come back to where it began, signed in or not."""
    if landing.problem:
        outcome.note(Told(NOBODY, HTTPStatus.UNAUTHORIZED, landing.problem))
        response = redirection(refused_at(landing.target, landing.problem))
    elif landing.target == OTHER_PAGES:
        response = redirection(f"/?{urlencode({'auth': landing.token})}")
    else:
        response = remembered(redirection(landing.target), landing.token)
    note_who(landing.token)
    return taking(response, landing.sealed)


def note_who(token: str) -> None:
    """Note for the audit log who has signed in, if anybody has."""
    found = services().accounts.sessions.authenticate(token) if token else None
    if found is not None:
        request.environ[WHO] = found


def refused_at(target: str, problem: str) -> str:
    """Return the address at which people learn why they are not signed in."""
    if target == OTHER_PAGES:
        return f"/?{urlencode({'error': problem})}"
    return f"{SIGN_IN}?{urlencode({'problem': problem, 'next': target or BASE})}"


def taking(response: Response, sealed: str) -> Response:
    """Give a browser what it takes along; nothing takes away what it has."""
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=LIFETIME if sealed else 0,
        path=below_prefix("/"),
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response
