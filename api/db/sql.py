"""Plain SQL that means the same on all three databases.

`?` stands for each value, and `:now` for the time of `clock`.
"""

from typing import Any

from peewee import Database, MySQLDatabase, PostgresqlDatabase

from api.db.base import now_ms


def run(database: Database, statement: str, *values: object) -> int:
    """Carry out a statement; return how many rows it found to change."""
    cursor: Any = _execute(database, statement, values)
    return int(cursor.rowcount)


def rows(database: Database, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows that a statement gives."""
    cursor: Any = _execute(database, statement, values)
    return list(cursor.fetchall())


def clock(database: Database) -> str:
    """Return an expression for the time of the one clock that all processes share, in ms.

    That is the clock of the database's machine; SQLite runs on the machine of all its processes.
    """
    if isinstance(database, PostgresqlDatabase):
        return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)"
    if isinstance(database, MySQLDatabase):
        return "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)"
    return str(now_ms())


def _execute(database: Any, statement: str, values: tuple[object, ...]) -> Any:
    statement = statement.replace("?", database.param)
    if ":now" in statement:
        statement = statement.replace(":now", clock(database))
    return database.execute_sql(statement, values)
