"""Who may do what with a thing: its tenant, the tenant's members, and to whom it is granted."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Protocol, TypeVar

from api.db.connection import Database
from api.errors import ForbiddenError, NotFoundError
from api.services.accounts import grant_queries as grants
from api.services.accounts.grant_records import LEVELS, Level
from api.services.accounts.records import Granted, Principal
from api.things import Kind


class Right(IntEnum):
    """What an asker may do; each includes those before it.

    CHANGE is for what is in a thing, MANAGE for its settings and for who may use it, OWN, which
    its tenant alone has, for its end.
    """

    NONE = 0
    READ = 1
    CHANGE = 2
    MANAGE = 3
    OWN = 4


GRANTABLE = frozenset(
    {
        *(Kind.CHANNEL, Kind.CHAT, Kind.CHAT_FOLDER, Kind.CONVERSATION, Kind.DATASET),
        *(Kind.FILE, Kind.MODEL, Kind.NOTE, Kind.PROMPT, Kind.TOOL, Kind.TOOL_SERVER),
    }
)
"""The kinds of things that may be granted; folders are files. What is in a thing goes by it.

Of conversations it is what was shared of them.
"""


class Owned(Protocol):
    """A record of a thing that belongs to a tenant."""

    @property
    def tenant_id(self) -> str:
        """Return whose it is."""


class Belonging(Owned, Protocol):
    """A thing that a tenant may open to its members."""

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""


class Thing(Belonging, Protocol):
    """A thing that has an id."""

    @property
    def id(self) -> str:
        """Return its id."""


Reason = tuple[str, Sequence[object]]
"""A clause by which rows may be read, and its values."""

B = TypeVar("B", bound=Belonging)
T = TypeVar("T", bound=Thing)


def owns(asker: Principal, thing: Owned) -> bool:
    """Return whether a thing belongs to the tenant that the asker acts in."""
    return thing.tenant_id == asker.tenant_id


def right_of(asker: Principal, thing: Belonging) -> Right:
    """Return what an asker may do with a thing by whose it is, whatever is granted to them."""
    if owns(asker, thing):
        return Right.OWN
    if thing.tenant_id in asker.teams and thing.is_shared:
        return Right.CHANGE
    return Right.NONE


def check(
    database: Database, asker: Principal, found: B | None, right: Right, kind: Kind, thing_id: str
) -> B:
    """Return the thing that was found by its id, if the asker has a right to it.

    What is granted is looked up where the asker has it by nothing else. Raises NotFoundError for a
    thing that is not there, or of which the asker may know nothing, ForbiddenError for one of which
    they may do less, and ScopeError for a dataset that their key leaves out.
    """
    if kind is Kind.DATASET:
        asker.scope.check_dataset(thing_id)
    held = right_of(asker, found) if found is not None else Right.NONE
    if found is not None and held < right:
        held = max(held, granted(database, asker, kind, [thing_id]).get(thing_id, Right.NONE))
    if found is None or held is Right.NONE:
        raise NotFoundError(kind, thing_id)
    if held < right:
        raise ForbiddenError(kind, thing_id)
    return found


def check_within(
    database: Database, asker: Principal, found: B, right: Right, kind: Kind, ids: Sequence[str]
) -> B:
    """Return a thing to which the asker has a right by a grant of one of some ids.

    These are its own, first, and those of what it is in. Raises what `check` does.
    """
    held = max(granted(database, asker, kind, ids).values(), default=Right.NONE)
    if held is Right.NONE:
        raise NotFoundError(kind, ids[0])
    if held < right:
        raise ForbiddenError(kind, ids[0])
    return found


def granted(
    database: Database, asker: Principal, kind: Kind, ids: Iterable[str]
) -> Mapping[str, Right]:
    """Return what is granted to an asker of some things, by id; others are left out."""
    if kind not in GRANTABLE:
        return {}
    found = grants.ranks(database, kind, list(ids), asker.user_id)
    return {thing_id: Right(rank) for thing_id, rank in found.items()}


def readable(database: Database, asker: Principal, kind: Kind, things: Iterable[T]) -> list[T]:
    """Return those of some things that the asker may read, and their key reaches."""
    reached = asker.scope.dataset_ids if kind is Kind.DATASET else ()
    known = [one for one in things if not reached or one.id in reached]
    others = [one.id for one in known if right_of(asker, one) < Right.READ]
    if not others:
        return known
    given = granted(database, asker, kind, others)
    return [one for one in known if one.id in given or right_of(asker, one) >= Right.READ]


def granted_to(database: Database, asker: Principal, kind: Kind) -> Granted | None:
    """Return what is granted to an asker in all, which is looked up once of who is known.

    Who gives or takes a grant or a membership lets all processes forget who they know.
    """
    known = asker.granted
    if known is None:
        return grants.granted(database, kind, asker.user_id)
    if kind not in known:
        known[kind] = grants.granted(database, kind, asker.user_id)
    return known[kind]


def granted_of_list(
    database: Database, asker: Principal, kind: Kind, ids: Iterable[str]
) -> Mapping[str, int]:
    """Return the rights that are granted of the things of a list, by what the list itself goes by.

    There may be more things among them than are asked for.
    """
    found = granted_to(database, asker, kind)
    if found is None:
        return {}
    if found.ranks is None:
        return granted(database, asker, kind, ids)
    return found.ranks


def levels(
    database: Database, asker: Principal, kind: Kind, things: Iterable[T]
) -> Mapping[str, Level]:
    """Return what an asker may do with those things of a list that are somebody else's, by id."""
    others = [one for one in things if not owns(asker, one)]
    if not others:
        return {}
    held = granted_of_list(database, asker, kind, [one.id for one in others])
    return {one.id: level_of(asker, one, held) for one in others}


def level_of(asker: Principal, found: Thing, held: Mapping[str, int]) -> Level:
    """Return what an asker may do with a thing of somebody else that they may read."""
    return LEVELS[max(Right.READ, right_of(asker, found), held.get(found.id, Right.NONE))]


def reasons(database: Database, asker: Principal, kind: Kind, shared: str = "") -> Sequence[Reason]:
    """Return the clauses of the rows that an asker may read, of a table with ids and tenants.

    `shared` is the clause of those that the members of a tenant may use, too.
    """
    clauses: list[Reason] = [("tenant_id = ?", (asker.tenant_id,))]
    if shared and asker.teams:
        marks = ", ".join("?" * len(asker.teams))
        clauses.append((f"{shared} AND tenant_id IN ({marks})", asker.teams))
    found = granted_to(database, asker, kind)
    if found:
        clauses.append((found.clause, found.values))
    return clauses


def listed(
    database: Database, asker: Principal, kind: Kind, shared: str = ""
) -> tuple[str, list[object]]:
    """Return what `reasons` does as one clause."""
    clauses = reasons(database, asker, kind, shared)
    return grants.as_one(clauses)
