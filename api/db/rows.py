"""Reading and deleting rows without model objects, in types that a checker can follow."""

from typing import Any

from api.db.base import database


def tuple_rows(query: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a select as tuples in the order of its columns."""
    return list(query.tuples())


def locked_rows(query: Any, key: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a select, which nobody else changes until the transaction ends.

    They are locked in the order of `key`, so that of two who want the same ones none waits for
    the other in a circle. A transaction on SQLite is alone from its beginning.
    """
    ordered = query.order_by(key)
    return tuple_rows(ordered.for_update() if database.for_update else ordered)


def delete_rows(model: Any, condition: Any) -> int:
    """Delete the rows of a table that fulfil a condition; return how many."""
    return int(model.delete().where(condition).execute())
