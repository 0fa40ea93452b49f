"""Filters of SCIM as conditions of SQL, over the attributes that the database can compare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from api.db.listing import Listing, containing
from api.services.provisioning.errors import InvalidFilterError
from api.services.provisioning.filters import Both, Comparison, Filter, Not, Value, Within
from api.services.provisioning.records import Wanted


class Form(StrEnum):
    """How a column is compared."""

    TEXT = "whatever its case"
    EXACT = "as it is"
    FLAG = "true or false"
    TIME = "ms since 1970"


@dataclass(frozen=True, slots=True)
class Column:
    """What an attribute is in SQL.

    `ids` finds the rows with a value by an index: an `eq` then asks for their ids.
    """

    sql: str
    form: Form = Form.TEXT
    ids: Callable[[str], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of SQL, with the values for its marks."""

    sql: str
    values: tuple[object, ...] = ()


Columns = Mapping[str, Column]
"""The attributes that are compared, by their paths in lower case."""

SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=", "ne": "<>"}

ANYTHING = Condition("1 = 1")


def condition(tree: Filter, columns: Columns, within: str = "") -> Condition:
    """Return the condition of a filter; raises InvalidFilterError for what is not compared."""
    match tree:
        case Not(inner):
            found = condition(inner, columns, within)
            return Condition(f"NOT ({found.sql})", found.values)
        case Both(word, left, right):
            first, second = condition(left, columns, within), condition(right, columns, within)
            sql = f"({first.sql} {word.upper()} {second.sql})"
            return Condition(sql, first.values + second.values)
        case Within(path, inner):
            return condition(inner, columns, f"{path}.")
        case Comparison():
            return compared(tree, columns, within)


def compared(tree: Comparison, columns: Columns, within: str) -> Condition:
    """Return the condition of a comparison."""
    path = f"{within}{tree.path}".rpartition(":")[2].lower()
    if within and path in {"emails.type", "emails.primary"}:
        return ANYTHING  # of an account's addresses the one that it goes by is compared
    column = columns.get(path)
    if column is None:
        known = ", ".join(sorted(columns))
        raise InvalidFilterError(f"{tree.path!r} is not compared here; what is: {known}.")
    return of_column(column, tree.operator, tree.value)


def of_column(column: Column, operator: str, value: Value) -> Condition:
    """Return the condition of a column."""
    if operator == "pr":
        return Condition(f"{column.sql} <> ''" if is_text(column) else "1 = 1")
    if value is None:
        empty = f"{column.sql} = ''" if is_text(column) else "1 = 0"
        return Condition(empty if operator == "eq" else f"NOT ({empty})")
    return FORMS[column.form](column, operator, value)


def is_text(column: Column) -> bool:
    """Return whether a column holds texts."""
    return column.form in {Form.TEXT, Form.EXACT}


def of_text(column: Column, operator: str, value: Value) -> Condition:
    """Return the condition of a text."""
    text = str(value).lower() if column.form is Form.TEXT else str(value)
    if operator in {"eq", "ne"} and column.ids is not None:
        ids = column.ids(text)
        is_one = f"a.id IN ({', '.join('?' * len(ids))})" if ids else "1 = 0"
        return Condition(is_one if operator == "eq" else f"NOT ({is_one})", tuple(ids))
    sql = f"LOWER({column.sql})" if column.form is Form.TEXT else column.sql
    if operator in {"eq", "ne"}:  # SQLite lowers ASCII alone, so that the text itself is looked for
        either = Condition(f"({sql} = ? OR {column.sql} = ?)", (text, str(value)))
        return either if operator == "eq" else Condition(f"NOT {either.sql}", either.values)
    if operator in SIGNS:
        return Condition(f"{sql} {SIGNS[operator]} ?", (text,))
    pattern = containing(text)
    like = {"co": pattern, "sw": pattern[1:], "ew": pattern[:-1]}[operator]
    return Condition(f"{sql} LIKE ? ESCAPE '!'", (like,))


def of_flag(column: Column, operator: str, value: Value) -> Condition:
    """Return the condition of a truth value, which may come as a text."""
    wanted = str(value).lower()
    if operator not in {"eq", "ne"} or wanted not in {"true", "false"}:
        raise InvalidFilterError("What is true or false is compared by `eq` with one of both.")
    holds = (wanted == "true") == (operator == "eq")
    return Condition(column.sql if holds else f"NOT {column.sql}")


def of_time(column: Column, operator: str, value: Value) -> Condition:
    """Return the condition of a time."""
    if operator not in SIGNS:
        raise InvalidFilterError(f"Times are not compared by `{operator}`.")
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise InvalidFilterError(f"{value!r} is no time of ISO 8601.") from error
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Condition(f"{column.sql} {SIGNS[operator]} ?", (int(aware.timestamp() * 1000),))


FORMS: Mapping[Form, Callable[[Column, str, Value], Condition]] = {
    Form.TEXT: of_text,
    Form.EXACT: of_text,
    Form.FLAG: of_flag,
    Form.TIME: of_time,
}


def order(columns: Columns, path: str, *, descending: bool, usual: str) -> str:
    """Return what rows are ordered by; raises InvalidFilterError for what is not compared."""
    if not path:
        return usual
    column = columns.get(path.rpartition(":")[2].lower())
    if column is None:
        known = ", ".join(sorted(columns))
        raise InvalidFilterError(f"`sortBy`: {path!r} orders nothing here; what does: {known}.")
    sql = f"LOWER({column.sql})" if column.form is Form.TEXT else column.sql
    return f"ORDER BY {sql} {'DESC' if descending else 'ASC'}, a.id"


def found_in(
    listing: Listing, wanted: Wanted, columns: Columns, usual: str
) -> tuple[int, list[tuple[Any, ...]]]:
    """Return how many rows of a list are asked for, and those of the page."""
    if wanted.filter is not None:
        found = condition(wanted.filter, columns)
        listing.where(found.sql, *found.values)
    by = order(columns, wanted.sort, descending=wanted.descending, usual=usual)
    if not wanted.limit:
        return listing.count(), []
    page = listing.tuples(f"{by} LIMIT ? OFFSET ?", wanted.limit, wanted.offset)
    return listing.total(page, limit=wanted.limit, offset=wanted.offset), page
