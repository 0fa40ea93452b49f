"""Runs statements whose rows have a known shape."""

from collections.abc import Sequence
from typing import Any

import apsw


def fetch(
    connection: apsw.Connection, statement: str, values: Sequence[object] = ()
) -> list[tuple[Any, ...]]:
    """Return all rows of a statement; each has the types of the columns it names."""
    return connection.execute(statement, tuple(values)).fetchall()
