"""What comes of sign-ins by way of other places."""

from dataclasses import dataclass, field
from typing import NamedTuple

from api.federation.base import Problem


class Channel(NamedTuple):
    """A provider as people see it: the section of its settings, and its title."""

    name: str
    title: str


class Vouched(NamedTuple):
    """A person as a proxy names them."""

    email: str
    name: str = ""
    groups: tuple[str, ...] = ()


class ProviderState(NamedTuple):
    """What a provider answers who asks whether people can sign in there, or what is wrong."""

    name: str
    found: str = ""
    error: str = ""


class Entered(NamedTuple):
    """Whose account a person has, and under which id it is known that they have it."""

    user_id: str
    identity_id: str


class Held(NamedTuple):
    """A session that began at a provider, and whose it is."""

    user_id: str
    session_id: str


class GrantRecord(NamedTuple):
    """What a provider gave with a session; see `FederatedSession`."""

    id: str
    user_id: str
    session_id: str
    provider: str
    refresh_encrypted: str
    subject: str


@dataclass(frozen=True, slots=True)
class Callback:
    """With what a browser comes back from a provider; what is missing is empty."""

    state: str = ""
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a browser goes to sign in, and what it takes along; or why it does not."""

    address: str = ""
    sealed: str = field(default="", repr=False)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a browser goes that has come back, with a session token; or why there is none.

    `sealed` is what it has of other sign-ins that it began; `target` is empty where nobody knows.
    """

    target: str = ""
    token: str = field(default="", repr=False)
    sealed: str = field(default="", repr=False)
    problem: Problem | None = None
