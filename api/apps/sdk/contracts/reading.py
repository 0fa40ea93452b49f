"""What the later contract makes of the values of a request, before a model takes them."""

from collections.abc import Mapping

from pydantic import BaseModel

from api.errors import ArgumentError
from api.schemas.base import DeletionRequest, PageQuery

MOST_ON_PAGE = 100


def read(model: type[BaseModel], values: Mapping[str, object]) -> Mapping[str, object]:
    """Return the values of a request as they mean the same in the classic contract.

    Raises ArgumentError for a page that is too long.
    """
    if "page_size" in model.model_fields:
        check_size(values.get("page_size"))
    is_strict = model.model_config.get("extra") == "forbid"  # as that of datasets, in both
    if issubclass(model, PageQuery) and not is_strict:
        return paged(values)
    if issubclass(model, DeletionRequest) and values:
        return {"delete_all": False, **values}  # a null alone deletes nothing
    return values


def check_size(value: object) -> None:
    """Refuse a page that is too long; what is no number is not looked at here."""
    if (number(value) or 0) > MOST_ON_PAGE:
        raise ArgumentError(f"page_size must be less than or equal to {MOST_ON_PAGE}")


def paged(values: Mapping[str, object]) -> dict[str, object]:
    """Return values without texts that name no page: they stand for the first, and for its size."""
    return {
        name: value
        for name, value in values.items()
        if name not in {"page", "page_size"}
        or not isinstance(value, str)
        or (number(value) or 0) > 0
    }


def number(value: object) -> int | None:
    """Return the whole number that a value is, or is the text of; None for anything else."""
    if not isinstance(value, str | int):
        return None
    try:
        return int(value)
    except ValueError:
        return None
