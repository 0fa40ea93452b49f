"""A transaction of PostgreSQL as `rag.engines.segmented` asks for it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg

from rag.engines.base import MetadataCondition
from rag.engines.postgres.conditions import as_bytes, postgres_condition
from rag.engines.segmented.session import Test


@lru_cache
def _in_psycopg(statement: str) -> bytes:
    return statement.replace("?", "%s").encode()


class PostgresSession:
    """A transaction on a connection; see `Session`."""

    locking = "FOR UPDATE"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Initialize with a connection that is within a transaction."""
        # In text, bytes would come as twice as many digits.
        self._cursor = connection.cursor(binary=True)
        self._connection = connection

    def fetch(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement."""
        return self._cursor.execute(_in_psycopg(statement), values).fetchall()

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Carry out a statement that returns nothing, or several without values."""
        self._connection.execute(_in_psycopg(statement), values or None)

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each of some rows of values, on one way there and back."""
        self._cursor.executemany(_in_psycopg(statement), rows)

    def any_text(self, text: str) -> object:
        """Return a text as bytes."""
        return as_bytes(text)

    def condition(self, condition: MetadataCondition) -> Test:
        """Return what holds for the rows of `document` that meet a condition."""
        return postgres_condition(condition)

    def hold_all(self) -> None:
        """Lock what each change locks a row of."""
        self.execute("LOCK TABLE dataset IN EXCLUSIVE MODE")

    def pass_number(self, table: str, number: int) -> None:
        """Move the sequence of the table's numbers."""
        self.fetch("SELECT setval(pg_get_serial_sequence(?, 'number'), ?)", (table, number))

    def shrink(self) -> None:
        """Do nothing: autovacuum gives back the room."""
