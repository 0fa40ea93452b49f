"""A transaction of SQLite as `rag.engines.segmented` asks for it."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import apsw

from rag.engines.base import MetadataCondition
from rag.engines.segmented.session import Test
from rag.engines.sqlite.conditions import sqlite_condition

_FREED_PAGES = 4096


@lru_cache
def _in_sqlite(statement: str) -> str:
    # SQLite has no arrays; its own form of a list is JSON.
    return statement.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")


def _value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


class SqliteSession:
    """A transaction on a connection; see `Session`."""

    # Whoever writes holds the whole file.
    locking = ""

    def __init__(self, connection: apsw.Connection) -> None:
        """Initialize with a connection that is within a transaction."""
        self.connection = connection

    def fetch(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement."""
        return self.connection.execute(_in_sqlite(statement), tuple(map(_value, values))).fetchall()

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Carry out a statement that returns nothing."""
        self.connection.execute(_in_sqlite(statement), tuple(map(_value, values)))

    def execute_many(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Carry out a statement for each of some rows of values."""
        self.connection.executemany(statement, rows)

    def any_text(self, text: str) -> object:
        """Return a text as it is."""
        return text

    def condition(self, condition: MetadataCondition) -> Test:
        """Return what holds for the rows of `document` that meet a condition."""
        return sqlite_condition(condition)

    def hold_all(self) -> None:
        """Do nothing: whoever writes holds the whole file."""

    def pass_number(self, table: str, number: int) -> None:
        """Note the number where SQLite keeps the last one that it gave."""
        values = (table, number)
        self.connection.execute("DELETE FROM sqlite_sequence WHERE name = ?", values[:1])
        self.connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", values)

    def shrink(self) -> None:
        """Truncate unused pages of the file."""
        self.connection.execute(f"PRAGMA incremental_vacuum({_FREED_PAGES})").fetchall()
