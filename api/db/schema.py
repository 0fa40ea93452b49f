"""What migrations change tables with, in words that mean the same on all three databases.

Each function does nothing where its work is done already, so that a migration can be done again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from peewee import Database, MySQLDatabase

from api.db.sql import run


def create_table(database: Database, name: str, columns: str) -> None:
    """Create a table that does not exist yet.

    `columns` has a line per column: name and type. A type is VARCHAR(n) or one of peewee's:
    INT, BIGINT, BIGAUTO, FLOAT, BOOL, TEXT. PRIMARY KEY may follow. No column takes NULL.
    """
    described = [line.split(maxsplit=2) for line in columns.strip().splitlines()]
    types = _types(database)
    lines = ", ".join(_column(types, *words) for words in described)
    run(database, f"CREATE TABLE IF NOT EXISTS {name} ({lines}){_options(database)}")


def add_column(database: Database, table: str, name: str, kind: str, default: str) -> None:
    """Add a column that does not exist yet; the rows get `default`, an SQL literal."""
    if name not in {column.name for column in database.get_columns(table)}:
        kind = _types(database).get(kind, kind)
        run(database, f"ALTER TABLE {table} ADD COLUMN {name} {kind} NOT NULL DEFAULT {default}")


def drop_table(database: Database, name: str) -> None:
    """Drop a table that still exists."""
    run(database, f"DROP TABLE IF EXISTS {name}")


def drop_column(database: Database, table: str, name: str) -> None:
    """Drop a column that still exists, and the indexes that it is part of."""
    if name not in {column.name for column in database.get_columns(table)}:
        return
    for index in database.get_indexes(table):
        if name in index.columns:
            drop_index(database, table, index.columns)
    run(database, f"ALTER TABLE {table} DROP COLUMN {name}")


def create_index(
    database: Database, table: str, columns: Sequence[str], *, unique: bool = False
) -> None:
    """Create an index that does not exist yet."""
    name = index_name(table, columns)
    if name not in {index.name for index in database.get_indexes(table)}:
        kind = "UNIQUE INDEX" if unique else "INDEX"
        run(database, f"CREATE {kind} {name} ON {table} ({', '.join(columns)})")


def drop_index(database: Database, table: str, columns: Sequence[str]) -> None:
    """Drop an index that still exists."""
    name = index_name(table, columns)
    if name in {index.name for index in database.get_indexes(table)}:
        place = f" ON {table}" if isinstance(database, MySQLDatabase) else ""
        run(database, f"DROP INDEX {name}{place}")


def index_name(table: str, columns: Sequence[str]) -> str:
    """Return the name of an index."""
    return "_".join((table, *columns))


def _column(types: Mapping[str, str], name: str, kind: str, more: str = "") -> str:
    return f"{name} {types.get(kind, kind)} NOT NULL {more}".rstrip()


def _types(database: Any) -> Mapping[str, str]:
    types: Mapping[str, str] = database.get_context_options()["field_types"]
    return types


def _options(database: Database) -> str:
    opened: Any = database
    if isinstance(database, MySQLDatabase):
        return f" ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE {opened.exact_collation}"
    return ""
