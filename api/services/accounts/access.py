"""Who may do what with a thing that belongs to a tenant."""

from enum import IntEnum
from typing import Protocol, TypeVar

from api.errors import ForbiddenError, NotFoundError
from api.services.accounts.records import Principal
from api.things import Kind


class Right(IntEnum):
    """What an asker may do; each includes those before it.

    CHANGE is for what is in a thing, OWN for its own settings and its end.
    """

    NONE = 0
    READ = 1
    CHANGE = 2
    OWN = 3


class Belonging(Protocol):
    """A record of a thing that belongs to a tenant."""

    @property
    def tenant_id(self) -> str:
        """Return whose it is."""

    @property
    def is_shared(self) -> bool:
        """Return whether the members of the tenant may use it, too."""


B = TypeVar("B", bound=Belonging)


def right_of(asker: Principal, thing: Belonging) -> Right:
    """Return what an asker may do with a thing."""
    if thing.tenant_id == asker.tenant_id:
        return Right.OWN
    if thing.is_shared and thing.tenant_id in asker.teams:
        return Right.CHANGE
    return Right.NONE


def check(asker: Principal, found: B | None, right: Right, kind: Kind, thing_id: str) -> B:
    """Return the thing that was found by its id, if the asker has a right to it.

    Raises NotFoundError for a thing that is not there, or of which the asker may know nothing,
    ForbiddenError for one of which they may do less, and ScopeError for a dataset that their key
    leaves out.
    """
    if kind is Kind.DATASET:
        asker.scope.check_dataset(thing_id)
    held = right_of(asker, found) if found is not None else Right.NONE
    if found is None or held is Right.NONE:
        raise NotFoundError(kind, thing_id)
    if held < right:
        raise ForbiddenError(kind, thing_id)
    return found
