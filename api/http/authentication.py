"""Who is asking: API keys and session tokens, from the `Authorization` header to a principal."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import request

from api.errors import InvalidKeyError, MissingKeyError, NotAllowedError
from api.http.admission import let_in
from api.http.context import principal, services
from api.http.cookies import console_token, cookie_token
from api.http.current import this_request
from api.http.scopes import check_scope
from api.http.sites import check_change
from api.http.vouching import vouched
from api.services.accounts.records import Principal

CONTRACT_OF_CONSOLE = "classic"

P = ParamSpec("P")
R = TypeVar("R")


def reads_only(view: Callable[P, R]) -> Callable[P, R]:
    """Use one database connection for a page that only reads, authentication included.

    Not for pages that wait for anything else meanwhile, and not for streams.
    """

    @wraps(view)
    def connected(*args: P.args, **kwargs: P.kwargs) -> R:
        with services().reading():
            return view(*args, **kwargs)

    return connected


def operators_only(view: Callable[P, R]) -> Callable[P, R]:
    """Let in those alone who administer the server; within the guard of a door.

    Raises NotAllowedError for all others.
    """

    @wraps(view)
    def entered(*args: P.args, **kwargs: P.kwargs) -> R:
        if not services().accounts.accounts.profile(principal()).is_superuser:
            raise NotAllowedError("This is for the administrators of the server alone.")
        return view(*args, **kwargs)

    return entered


def bearer() -> Principal:
    """Return whose key or session token the request carries; raises AuthenticationError.

    Both are taken, with the word `Bearer` before them or without it.
    """
    return principal_with(token_of(this_request().environ.get("HTTP_AUTHORIZATION", "")))


def bearer_or_own_header() -> Principal:
    """Return whose key the request carries, in the header that Anthropic's clients have, or else.

    Raises AuthenticationError.
    """
    key = request.headers.get("x-api-key", "").strip()
    return principal_with(key) if key else bearer()


def principal_with(token: str) -> Principal:
    """Return whose a key or session token is; raises AuthenticationError.

    Raises ScopeError for a key whose scope leaves out the page that is asked for.
    """
    if not token:
        raise MissingKeyError("The request carries no key and no session token.")
    accounts = services().accounts
    found = (
        services().sign_in.tokens.authenticate(token)
        or accounts.sessions.authenticate(token)  # what is none is seen without a query
        or accounts.keys.authenticate(token)
    )
    if found is None:
        raise InvalidKeyError("The key or session token is not valid.")
    check_scope(found.scope)
    return let_in(found)


def bot() -> Principal:
    """Return whose bots the request's token opens; raises AuthenticationError.

    No page may hand this principal on to anything but bots.
    """
    token = token_of(request.headers.get("Authorization", ""))
    if not token:
        raise MissingKeyError("The request carries no token.")
    found = services().accounts.bots.authenticate(token)
    if found is None:
        raise InvalidKeyError("The token is not valid.")
    check_scope(found.scope)
    return let_in(found)


def bearer_or_cookie() -> Principal:
    """Return whose key or session the request carries, in its header or else in its cookie.

    For pages that show a file: a browser asks for pictures and documents without any header.
    """
    token = "" if request.headers.get("Authorization") else cookie_token()
    found = with_session(token) if token else None
    if found is None:
        return bearer()
    return let_in(found)


def bearer_or_console() -> Principal:
    """Return whose key or session is in the header, or else whose session the console has.

    Raises AuthenticationError, and NotAllowedError for a change that another site may have sent.
    """
    if this_request().environ.get("HTTP_AUTHORIZATION") or not console_token():
        return bearer()
    found = console_session()
    check_change()
    return found


def console_session() -> Principal:
    """Return whose session the console's cookie is; raises AuthenticationError.

    The console is a client of one contract, whatever the settings say for others.
    """
    token = console_token()
    if not token:
        raise MissingKeyError("Nobody has signed in.")
    found = with_session(token)
    if found is None:
        raise InvalidKeyError("The session has ended: sign in again.")
    return replace(let_in(found), contract=CONTRACT_OF_CONSOLE)


def with_session(token: str) -> Principal | None:
    """Return whose session a cookie is; None where a proxy says that somebody else is there."""
    found = services().accounts.sessions.authenticate(token)
    if found is None or not services().identity.proxy.is_of(found, vouched()):
        return None
    return found


def token_of(header: str) -> str:
    """Return the key or token of an `Authorization` header, without the word `Bearer`."""
    word, _, rest = header.strip().partition(" ")
    return rest.strip() if word.lower() == "bearer" else header.strip()
