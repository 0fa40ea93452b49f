"""Which requests speak Open WebUI's API: they are led to its door before Flask sees them.

Its addresses begin as those of RAGFlow's and Ollama's APIs do. What a request carries says which
API it speaks; where it carries nothing, the address does.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

import orjson

from api.http.cookies import NAME as CONSOLE_COOKIE
from api.http.door import Doors
from api.http.fronting import PROBES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOME = "/openwebui"
"""Where its door is."""

SOCKETS = "/ws/"
"""What is below this is no page."""

READS = frozenset({"GET", "HEAD"})

THEIRS = ("/api/", "/openai", "/ollama")
"""How addresses begin of which some are Open WebUI's."""

COOKIE = "token"
"""The cookie with the token of a session there."""

OWN = frozenset(
    {
        *(f"/api/{noun}" for noun in ("config", "models", "tasks", "usage", "changelog", "events")),
        *("/api/chat/completions", "/api/chat/completed", "/api/chat/actions"),
        *("/openai", "/ollama"),
        *(
            f"/api/v1/{noun}"
            for noun in (
                *("auths", "configs", "folders", "notes", "tools", "functions", "skills"),
                *("terminals", "channels", "knowledge", "prompts", "evaluations", "audio"),
                *("images", "calendars", "automations", "pipelines", "utils", "analytics"),
                *("notifications", "apps", "search"),
            )
        ),
    }
)
"""Addresses that no other API here has, with all below them."""

SHARED = frozenset(
    {
        *("/api/version", "/api/embeddings", "/api/v1/chat/completions"),
        *(
            f"/api/v1/{noun}"
            for noun in (
                *("chats", "files", "groups", "memories", "messages", "models", "retrieval"),
                *("tasks", "users"),
            )
        ),
    }
)
"""Addresses that others have, too."""

PROVIDERS, PROVIDER_PAGES = "/oauth/", ("/login", "/login/callback", "/callback")
"""How addresses begin and end at which browsers go to a provider and come back from it."""

HEALTH = "/health/db"
"""What asks whether the database answers."""

MADE = "/cache/"
"""How addresses begin of what was made for somebody and is kept for a while."""

PICTURES = ("/profile/image", "/api/v1/users/user/settings")
"""How addresses end that browsers ask for by their cookies, and that are Open WebUI's alone."""


class Dialects:
    """Leads requests; with a front end, also those that ask for a file or page of it."""

    def __init__(self, doors: Doors, *, has_front_end: bool = False) -> None:
        """Initialize with all doors, to know which addresses are none of theirs."""
        self.doors = doors
        self.has_front_end = has_front_end

    def lead(self, environ: "WSGIEnvironment") -> None:
        """Lead a request that speaks Open WebUI's API, or asks for its front end, to the door."""
        path = environ["PATH_INFO"]
        if path.startswith(THEIRS):
            if speaks(path, environ) or (self.has_front_end and asks_version(path, environ)):
                environ["PATH_INFO"] = HOME + path
        elif self.is_led(path) and environ["REQUEST_METHOD"] in READS:
            environ["PATH_INFO"] = HOME + path

    def is_led(self, path: str) -> bool:
        """Return whether an address outside the APIs is Open WebUI's."""
        if path.startswith(PROVIDERS) and path.endswith(PROVIDER_PAGES):
            return True
        if path == HEALTH or path.startswith(MADE):
            return True
        return self.has_front_end and self.is_page(path)

    def is_page(self, path: str) -> bool:
        """Return whether an address is a front end's: no door but the console's root has it."""
        known = path in PROBES or path.startswith(SOCKETS)
        return path == "/" or (self.doors.of(path) is self.doors.default and not known)


def speaks(path: str, environ: Mapping[str, object]) -> bool:
    """Return whether a request to an address speaks Open WebUI's API."""
    if within(path, OWN) or path.endswith(PICTURES):
        return True
    if not within(path, SHARED):
        return False
    said = credential_says(environ)
    return path.endswith("/") if said is None else said


def asks_version(path: str, environ: Mapping[str, object]) -> bool:
    """Return whether a page of this server asks for its version.

    Before anybody has signed in, the front end sends a token that is none: `Bearer undefined`.
    """
    return path == "/api/version" and environ.get("HTTP_SEC_FETCH_SITE") == "same-origin"


def within(path: str, addresses: frozenset[str]) -> bool:
    """Return whether an address is one of some, or below one."""
    path = path.rstrip("/")
    while path:
        if path in addresses:
            return True
        path = path.rpartition("/")[0]
    return False


def credential_says(environ: Mapping[str, object]) -> bool | None:
    """Return whether what a request carries is Open WebUI's; None where it carries nothing."""
    header = str(environ.get("HTTP_AUTHORIZATION", "")).strip()
    if header:
        word, _, rest = header.partition(" ")
        return is_theirs(rest.strip() if word.lower() == "bearer" else header)
    if environ.get("HTTP_X_API_KEY"):
        return True
    cookies = str(environ.get("HTTP_COOKIE", ""))
    if f"{CONSOLE_COOKIE}=" in cookies:
        return False
    return True if cookie_of(cookies) else None


def is_theirs(token: str) -> bool:
    """Return whether a token is of Open WebUI's form: a key, or a JWT for weeks."""
    return token.startswith("sk-") or (token.startswith("eyJ") and kind_of(token) == "JWT")


def kind_of(token: str) -> object:
    """Return what the header of a JWT says that it is; nothing is checked here."""
    head = token.partition(".")[0]
    try:
        found = orjson.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return None
    return found.get("typ", "JWT") if isinstance(found, dict) else None


def cookie_of(header: str) -> str:
    """Return the token in the cookies of a request; empty where there is none."""
    if f"{COOKIE}=" not in header:
        return ""
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
