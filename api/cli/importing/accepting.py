"""Taking of what another server tells what this one takes, and naming the rest."""

from collections.abc import Mapping, MutableMapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

UNKNOWN = "extra_forbidden"


def accepted(kind: type[M], given: Mapping[str, Any]) -> tuple[M, list[str]]:
    """Return a request with what it takes of some values, and what it does not, with the reason.

    Values that mean nothing (null, empty, off) are left out without a word. Raises
    ValidationError where what is left cannot be without what is wrong.
    """
    values: dict[str, Any] = deepcopy(dict(given))
    reasons: list[str] = []
    while True:
        try:
            return kind.model_validate(values), reasons
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False)[0]
            found = removed(values, problem["loc"])
            if found is NOTHING:
                raise
            if found:
                reasons.append(reason(problem))


NOTHING = object()


def removed(values: Any, place: Sequence[int | str]) -> Any:
    """Remove the value at a place, or the smallest part around it, and return it; else NOTHING."""
    keys = [key for key in place if isinstance(key, str)]
    for depth in range(len(keys), 0, -1):
        holder = values
        for key in keys[: depth - 1]:
            holder = holder.get(key) if isinstance(holder, Mapping) else None
        if isinstance(holder, MutableMapping) and keys[depth - 1] in holder:
            return holder.pop(keys[depth - 1])
    return NOTHING


def reason(problem: ErrorDetails) -> str:
    """Return what is said of a value that is not taken."""
    field = ".".join(map(str, problem["loc"]))
    if problem["type"] == UNKNOWN:
        return f"{field}: there is no such option here"
    return f"{field}: {problem['msg']}"
