"""Writing many rows of one table without peewee's building of statements, which costs more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from api.db.base import BaseModel, database

_ROWS_AT_ONCE = 100
"""Of a wide table: SQLite takes 32,766 values in a statement, PostgreSQL's protocol 65,535."""


class _Column(NamedTuple):
    name: str
    column: str
    default: Any
    convert: Callable[[Any], Any]


@cache
def _columns(model: type[BaseModel]) -> tuple[_Column, ...]:
    fields = _meta(model).fields.items()
    return tuple(
        _Column(name, field.column_name, field.default, field.db_value)
        for name, field in fields
        if not field.auto_increment
    )


@cache
def _head(model: type[BaseModel], quotes: str) -> str:
    begin, end = quotes[0], quotes[1]
    listed = ", ".join(f"{begin}{column.column}{end}" for column in _columns(model))
    table = _meta(model).table_name
    return f"INSERT INTO {begin}{table}{end} ({listed}) VALUES "  # noqa: S608 - names of ours


def _meta(model: Any) -> Any:
    return model._meta  # noqa: SLF001 - so peewee documents it


def insert_rows(model: type[BaseModel], rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows, by names of fields; what is not named has its default.

    Raises IntegrityError if a unique value is there already, and TypeError for an unknown name.
    """
    opened: Any = database.obj
    columns = _columns(model)
    place = "(" + ", ".join([opened.param] * len(columns)) + ")"
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = rows[start : start + _ROWS_AT_ONCE]
        statement = _head(model, opened.quote) + ", ".join([place] * len(some))
        opened.execute_sql(statement, [value for row in some for value in _values(columns, row)])


def _values(columns: Iterable[_Column], row: Mapping[str, object]) -> list[object]:
    values = []
    left = len(row)
    for name, _, default, convert in columns:
        if name in row:
            value = row[name]
            left -= 1
        else:
            value = default() if callable(default) else default
        values.append(convert(value))
    if left:
        known = {column.name for column in columns}
        raise TypeError(f"no such fields: {', '.join(sorted(set(row) - known))}")
    return values
