"""What an asker may do with assistants, in the words of their pages."""

from typing import TypeVar

from api.errors import NotFoundError
from api.services.accounts.access import Belonging, Right, right_of
from api.services.accounts.records import Principal

B = TypeVar("B", bound=Belonging)


def check(asker: Principal, found: B | None, right: Right, kind: str, thing_id: str) -> B:
    """Return the thing that was found by its id, if the asker has a right to it."""
    if found is None or right_of(asker, found) < right:
        raise NotFoundError(f"You don't own the {kind} {thing_id}")
    return found
