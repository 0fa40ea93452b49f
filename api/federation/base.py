"""Who else says who people are: providers at which they sign in, and a directory."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from api.errors import RaglanError


class Problem(StrEnum):
    """Why nobody is signed in; the console has a sentence for each."""

    AWAY = "away"
    CLOCK = "clock"
    CLOSED = "closed"
    DEACTIVATED = "deactivated"
    INVALID = "invalid"
    PENDING = "pending"
    REFUSED = "refused"
    STALE = "stale"
    TAKEN = "taken"
    UNVERIFIED = "unverified"
    UNWELCOME = "unwelcome"


class FederationError(RaglanError):
    """Somebody does not get in by way of another place; the message is for the log."""

    def __init__(self, problem: Problem, message: str) -> None:
        """Initialize with what people are told, and what administrators are."""
        super().__init__(message)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Identity:
    """What another place says of a person, whom `issuer` and `subject` together name for good.

    `is_verified` is whether the address is known to be the person's.
    """

    issuer: str
    subject: str
    email: str = ""
    is_verified: bool = False
    name: str = ""
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def held(self) -> frozenset[str]:
        """Return the names of all roles and groups."""
        return frozenset((*self.roles, *self.groups))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that was begun: what a browser takes along to a provider, and back.

    `target` is the address of this server that it began for, `redirect` the one to come back to.
    """

    provider: str
    target: str
    redirect: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person who comes from a provider.

    `session` is what the provider calls the session there, `refresh_token` what renews what it
    says; both are empty where it gives none.
    """

    identity: Identity
    session: str = ""
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a provider says again of a person; no identity where it says nothing of them."""

    refresh_token: str = field(repr=False)
    identity: Identity | None = None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a provider says has ended: a session, or all sessions of a person (`subject`)."""

    issuer: str
    session: str = ""
    subject: str = ""


class Provider(Protocol):
    """A place at which people sign in; all that it is asked raises FederationError."""

    @property
    def issuer(self) -> str:
        """Return what its people are known under."""

    def begin(self, attempt: Attempt) -> str:
        """Return the address at which a person signs in there."""

    def finish(self, attempt: Attempt, code: str, told_issuer: str = "") -> Arrival:
        """Return who has come back with a code, which counts once, as sent by an issuer."""

    def renew(self, refresh_token: str, subject: str) -> Renewed:
        """Ask again about a person; the error is REFUSED where they may not be here any more."""

    def signed_out(self, token: str) -> SignedOut:
        """Return what a provider's word that somebody has signed out is about."""

    def subject_of(self, token: str, resource: str) -> str:
        """Return whose an access token is that was made for a resource of this server."""

    def farewell(self, back: str) -> str:
        """Return where a browser ends its session there, to come `back`; empty for nowhere."""

    def check(self) -> str:
        """Ask for what is needed to sign in; return what was found."""


class Directory(Protocol):
    """A place that knows passwords; all that it is asked raises FederationError."""

    @property
    def issuer(self) -> str:
        """Return what its people are known under."""

    def authenticate(self, login: str, password: str) -> Identity | None:
        """Return whose a name and a password are; None where they do not match."""

    def check(self) -> str:
        """Ask for what is needed to sign in; return what was found."""


def texts_in(value: object) -> tuple[str, ...]:
    """Return the texts of a claim: a list of them, one, or several with blanks between."""
    if isinstance(value, str):
        return tuple(value.split())
    found = value if isinstance(value, list | tuple) else ()
    return tuple(item for item in found if isinstance(item, str))


def claim(claims: Mapping[str, object], path: str) -> object:
    """Return a claim by its name, or by names with dots between, as `realm_access.roles`."""
    if path in claims:
        return claims[path]
    found: object = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
