"""Reading and deleting rows without model objects, in types that a checker can follow."""

from typing import Any


def dict_rows(query: Any) -> list[dict[str, Any]]:
    """Return the rows of a select as dicts by column name."""
    return list(query.dicts())


def tuple_rows(query: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a select as tuples in the order of its columns."""
    return list(query.tuples())


def first_row(query: Any) -> dict[str, Any] | None:
    """Return the first row of a select as a dict, or None."""
    row: dict[str, Any] | None = query.dicts().first()
    return row


def delete_rows(model: Any, condition: Any) -> int:
    """Delete the rows of a table that fulfil a condition; return how many."""
    return int(model.delete().where(condition).execute())
