"""Who is asking: API keys and session tokens, from the `Authorization` header to a principal.

Both kinds of page take both, with the word `Bearer` before them or without it; only what a
refusal says differs.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import g, request

from api.errors import AuthenticationError
from api.http.context import services
from api.http.pace import TENANT
from api.services.accounts.records import Principal

ASKS = "asks_for_key"
"""The attribute by which a page is known as one that only those with a key or session reach."""

P = ParamSpec("P")
R = TypeVar("R")

NO_KEY = "`Authorization` can't be empty: send the header `Authorization: Bearer <API key>`."
BAD_KEY = "Authentication error: API key is invalid!"
NO_SESSION = "No authorization: sign in, then send the session token as `Authorization`."
BAD_SESSION = "The session is invalid or has expired: sign in again."


def api_key_required(view: Callable[P, R]) -> Callable[P, R]:
    """Let only requests with a valid API key or session token reach a REST page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        g.principal = authenticated(NO_KEY, BAD_KEY)
        return view(*args, **kwargs)

    vars(guarded)[ASKS] = True
    return guarded


def login_required(view: Callable[P, R]) -> Callable[P, R]:
    """Let only requests with a valid session token or API key reach a console page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        g.principal = authenticated(NO_SESSION, BAD_SESSION)
        return view(*args, **kwargs)

    vars(guarded)[ASKS] = True
    return guarded


def asks_for_key(view: Callable[..., object]) -> bool:
    """Tell whether a page is only reached with a key or a session."""
    return getattr(view, ASKS, False)


def reads_only(view: Callable[P, R]) -> Callable[P, R]:
    """Hold one database connection for a page that does nothing but read, who is asking included.

    Not for pages that wait for anything else meanwhile, and not for streams.
    """

    @wraps(view)
    def connected(*args: P.args, **kwargs: P.kwargs) -> R:
        with services().reading():
            return view(*args, **kwargs)

    return connected


def authenticated(missing: str, wrong: str) -> Principal:
    """Return who the request comes from; raises AuthenticationError with one of the messages."""
    token = token_of(request.headers.get("Authorization", ""))
    if not token:
        g.refusal = "missing"
        raise AuthenticationError(missing)
    found = services().accounts.keys.authenticate(
        token
    ) or services().accounts.sessions.authenticate(token)
    if found is None:
        g.refusal = "invalid"
        raise AuthenticationError(wrong)
    request.environ[TENANT] = found.tenant_id
    return found


def token_of(header: str) -> str:
    """Return the key or token of an `Authorization` header, without the word `Bearer`."""
    word, _, rest = header.strip().partition(" ")
    return rest.strip() if word.lower() == "bearer" else header.strip()
