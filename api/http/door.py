"""Doors: each speaks one dialect under one prefix to those whom it lets in."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, Protocol, TypeVar

import orjson
from flask import Response, g
from pydantic import BaseModel
from werkzeug.exceptions import HTTPException

from api.errors import RaglanError, StartError
from api.http import outcome
from api.http.framing import Framing
from api.http.words import MOST_BYTES, Told, Words, shortened, told
from api.services.accounts.records import Principal

CHALLENGE = 'Bearer realm="Raglan"'
"""What a client without a key, or with a wrong one, may send (RFC 6750)."""

REPEATED = frozenset(
    {HTTPStatus.CONFLICT, HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.INSUFFICIENT_STORAGE}
)
"""Statuses on which published clients ask again by themselves, although that rarely helps.

They wait for as long as `Retry-After` says, up to two minutes, unless `x-should-retry` stops them.
"""

SHORT_PAUSE = 10
"""Seconds after which asking again may help, and that a caller may be made to wait for."""

GUARD = "guard"
"""The attribute by which a page that only those with a key or session reach has its door."""


class Credential(StrEnum):
    """By what those who ask say who they are: any one of what a door takes."""

    BEARER = "bearer"
    HEADER = "x-api-key"
    COOKIE = "cookie"
    NONE = "none"


P = ParamSpec("P")
R = TypeVar("R")


class Success(Protocol):
    """How a door answers that all went well."""

    def __call__(
        self, data: object = None, *, message: str = "success", **beside: object
    ) -> Response:
        """Return the answer with what was asked for, a word, and what else goes out."""
        ...


Reader = Callable[[type[BaseModel], Mapping[str, object]], Mapping[str, object]]
"""What makes of a request's values those that a model takes; raises ArgumentError."""


def as_sent(model: type[BaseModel], values: Mapping[str, object]) -> Mapping[str, object]:
    """Return the values of a request as they are."""
    del model
    return values


def true_status(status: int) -> int:
    """Return a status as it is."""
    return status


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Door:
    """A dialect of the server: who is let in, and the forms of what goes out.

    Its pages are the modules beside its `door.py` whose names end with `suffix`. Where there is a
    suffix each page is found under its own noun, else all are under the prefix. A door that shares
    its prefix with another one has `paths`: the addresses that are its own, with all below them.
    `sent` is the status with which `error` answers what has another one.

    `reads` is what its contract makes of the values of a request before a model takes them. A door
    whose pages speak further contracts has itself in each of them by its name, in `contracts`.
    Its errors are of the type `media`. One that is not `for_programs` shows pages to people, and is
    described to no program.
    """

    name: str
    prefix: str
    suffix: str = ""
    paths: tuple[str, ...] = ()
    authenticate: Callable[[], Principal]
    credentials: tuple[Credential, ...] = (Credential.BEARER,)
    words: Words
    success: Success
    error: Callable[[Told], Response]
    sent: Callable[[int], int] = true_status
    stream: Framing
    reads: Reader = as_sent
    for_programs: bool = True
    media: str = "application/json"
    contracts: Mapping[str, "Door"] = field(default_factory=dict)

    def guarded(self, view: Callable[P, R]) -> Callable[P, R]:
        """Wrap a page in the authentication of this door."""

        @wraps(view)
        def entered(*args: P.args, **kwargs: P.kwargs) -> R:
            g.principal = self.authenticate()
            return view(*args, **kwargs)

        vars(entered)[GUARD] = self
        return entered

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return its addresses, which are its own with all below them, be there a page or not."""
        return self.paths or (self.prefix,)

    def told(self, error: RaglanError | HTTPException, endpoint: str = "", asker: str = "") -> Told:
        """Return an error in the words of this door; `asker` is the tenant that asks."""
        return told(self.words, error, self.place(endpoint), asker)

    def place(self, endpoint: str) -> str:
        """Return an endpoint of Flask by page and view, as the tables of words have it."""
        return endpoint.removeprefix(f"{self.name}_")

    def refuse(self, what: Told) -> Response:
        """Return the answer of an error, short whatever the client has sent."""
        fits = what.data is None or len(orjson.dumps(what.data)) <= MOST_BYTES
        short = replace(what, message=shortened(what.message), data=what.data if fits else None)
        outcome.note(short)
        response = self.error(short)
        if what.retry_after:
            response.headers["Retry-After"] = str(what.retry_after)
        if response.status_code in REPEATED and not 0 < what.retry_after <= SHORT_PAUSE:
            response.headers["x-should-retry"] = "false"
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            response.headers.setdefault("WWW-Authenticate", CHALLENGE)
        return response


class Doors:
    """All doors, and one for addresses that are behind none of them."""

    def __init__(self, found: Iterable[Door], default: Door) -> None:
        """Index the doors by their addresses; raises StartError if two claim the same one."""
        self.by_address: dict[str, Door] = {}
        self.default = default
        for door in found:
            self.add(door)

    def add(self, door: Door) -> None:
        """Add a door; raises StartError if an address of it is another one's."""
        for address in door.addresses:
            taken = self.by_address.setdefault(address, door)
            if taken is not door:
                raise StartError(f"The doors {taken.name} and {door.name} both claim {address}.")

    @property
    def names(self) -> frozenset[str]:
        """Return what the doors are called."""
        return frozenset(door.name for door in (*self.by_address.values(), self.default))

    def of(self, path: str) -> Door:
        """Return the door that answers at an address: the one with the longest part of it."""
        while path:
            door = self.by_address.get(path)
            if door:
                return door
            path = path.rpartition("/")[0]
        return self.default


def asks_for_key(view: Callable[..., object]) -> bool:
    """Return whether a page is only reached with a key or a session."""
    return guard_of(view) is not None


def guard_of(view: Callable[..., object]) -> Door | None:
    """Return the door that guards a page; None for a page that anybody may ask."""
    found: Door | None = getattr(view, GUARD, None)
    return found
