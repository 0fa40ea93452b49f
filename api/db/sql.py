"""Plain SQL that means the same on all three databases.

`?` stands for each value, and `:now` for the time of `clock`.
"""

from collections.abc import Sequence
from typing import Any

from peewee import Database, MySQLDatabase, PostgresqlDatabase, SqliteDatabase

_SQLITE_NOW = "CAST(ROUND((JULIANDAY('now') - 2440587.5) * 86400000) AS INTEGER)"
"""Exact, as JULIANDAY counts in ms; 2440587.5 is the epoch. The time itself would make of each
statement another one, which SQLite has to prepare, and which takes the place of one in its cache.
"""


def run(database: Database, statement: str, *values: object) -> int:
    """Execute a statement; return how many rows it found to change."""
    opened: Any = database
    return int(opened.execute_sql(_written(database, statement), values).rowcount)


def rows(database: Database, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives."""
    opened: Any = database
    return list(opened.execute_sql(_written(database, statement), values).fetchall())


def marks(values: Sequence[object]) -> str:
    """Return the place of a list of values in a statement, for use within brackets."""
    return ", ".join("?" * len(values))


def clock(database: Database) -> str:
    """Return an expression for the time of the one clock that all processes share, in ms.

    That is the clock of the database's machine; SQLite runs on the machine of all its processes.
    """
    if isinstance(database, PostgresqlDatabase):
        return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"
    if isinstance(database, MySQLDatabase):
        return "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
    return _SQLITE_NOW


def octets(database: Database, column: str) -> str:
    """Return an expression for how many bytes a text has in UTF-8."""
    if isinstance(database, SqliteDatabase):  # OCTET_LENGTH has it from 3.43 on
        return f"LENGTH(CAST({column} AS BLOB))"
    return f"OCTET_LENGTH({column})"


def _written(database: Any, statement: str) -> str:
    """Return a statement as the database takes it."""
    statement = statement.replace("?", database.param)
    return statement.replace(":now", clock(database)) if ":now" in statement else statement
