"""Lists of rows by plain SQL: building a query with peewee costs several times its execution."""

from collections.abc import Collection, Sequence
from typing import Any, Self

from peewee import Database, MySQLDatabase

from api.db import sql
from api.db.schema import index_name

LIKE_ESCAPE = "!"

Clause = tuple[str, Sequence[object]]
"""A condition with a `?` for each value, and the values."""

_SPECIAL = str.maketrans({character: LIKE_ESCAPE + character for character in "!%_"})


def containing(text: str) -> str:
    """Return the LIKE pattern of texts that contain this one; for use with ESCAPE '!'."""
    return f"%{text.translate(_SPECIAL)}%"


class Listing:
    """A select from one table, put together of fixed texts; values are bound.

    Rows are tuples of the columns as the database gives them: JSON columns as texts.
    """

    def __init__(self, database: Database, table: str, columns: Sequence[str]) -> None:
        """Begin with all rows of a table."""
        self.database = database
        self.table = table
        self.source = table
        self.columns = columns
        self.either: Sequence[Clause] = ()
        self.clauses: list[str] = []
        self.values: list[object] = []

    def where_any(self, clauses: Sequence[Clause]) -> Self:
        """Filter the rows by any of some clauses, the one that most rows fulfil first."""
        if len(clauses) == 1:
            clause, values = clauses[0]
            return self.where(clause, *values)
        self.either = clauses
        return self

    def where(self, clause: str, *values: object) -> Self:
        """Filter the rows by a clause with a `?` for each value."""
        self.clauses.append(clause)
        self.values += values
        return self

    def having(self, clause: str, *values: object) -> "Listing":
        """Return a list of those of the rows that fulfil a clause; this one stays."""
        found = Listing(self.database, self.table, self.columns)
        found.either = self.either
        found.clauses, found.values = [*self.clauses], [*self.values]
        return found.where(clause, *values)

    def where_in(self, column: str, values: Sequence[object]) -> Self:
        """Filter the rows by the values of a column."""
        if not values:
            return self.where("1 = 0")
        return self.where(f"{column} IN ({', '.join('?' * len(values))})", *values)

    def tuples(self, tail: str = "", *values: object) -> list[tuple[Any, ...]]:
        """Return the rows, values in the order of the columns; `tail` orders and limits them."""
        columns = ", ".join(self.columns)
        select = f"SELECT {columns} {self.body()} {tail}"
        return sql.rows(self.database, select, *self.bound(), *values)

    def page_tuples(
        self, order: str, *, desc: bool, limit: int, offset: int
    ) -> list[tuple[Any, ...]]:
        """Return a page of the rows by a column; rows with equal values come by id.

        Rows of several clauses are read for each in its order, and merged: what an OR finds would
        be sorted as a whole. MariaDB would rather write all of them into a table.
        """
        tail = f"{ordered(order, desc=desc)} LIMIT ? OFFSET ?"
        if not self.either or isinstance(self.database, MySQLDatabase):
            return self.tuples(tail, limit, offset)
        source, values = self.merged()
        select = f"SELECT {', '.join(self.columns)} {source} {tail}"
        return sql.rows(self.database, select, *values, limit, offset)

    def merged(self) -> tuple[str, list[object]]:
        """Return where to select from what fulfils one clause after the other, and the values."""
        rest = "".join(f" AND {clause}" for clause in self.clauses)
        parts: list[str] = []
        values: list[object] = []
        but, but_values = "", list[object]()
        for clause, bound in self.either:
            parts.append(f"SELECT * {self.source_of(f'({clause}){but}{rest}')}")
            values += [*bound, *but_values, *self.values]
            but += f" AND NOT ({clause})"
            but_values += bound
        return f"FROM ({' UNION ALL '.join(parts)}) merged", values

    def behind(
        self, order: str, value: object, row_id: str | int, *, desc: bool, then: str = "id"
    ) -> "Listing":
        """Return the list of the rows that come after a place in the order of a column.

        `then` is the column by which rows with equal values come.
        """
        way = "<" if desc else ">"
        if isinstance(self.database, MySQLDatabase):  # it seeks nothing by pairs
            either = f"({order} {way} ? OR {order} = ? AND {then} {way} ?)"
            return self.having(either, value, value, row_id)
        return self.having(f"({order}, {then}) {way} (?, ?)", value, row_id)

    def by(self, *columns: str) -> Self:
        """Make sure that the rows behind a place are sought in the index of these columns.

        MariaDB rather reads all rows before the place, too.
        """
        if isinstance(self.database, MySQLDatabase):
            self.source = f"{self.table} FORCE INDEX ({index_name(self.table, columns)})"
        return self

    def value_of(self, order: str, row_id: str) -> object:
        """Return a column of the row with an id; None if the list has no such row."""
        one = self.having("id = ?", row_id)
        one.columns = (order,)
        found = one.tuples()
        return found[0][0] if found else None

    def count(self) -> int:
        """Return how many rows there are."""
        found = sql.rows(self.database, f"SELECT COUNT(*) {self.body()}", *self.bound())
        return int(found[0][0])

    def total(
        self, page: Sequence[object], *, limit: int, offset: int, known: int | None = None
    ) -> int:
        """Return how many rows there are, without counting where a page tells, or it is known."""
        if (page or not offset) and len(page) < limit:
            return offset + len(page)
        return self.count() if known is None else known

    def body(self) -> str:
        """Return the statement from FROM on."""
        clauses = [any_of(self.either), *self.clauses] if self.either else self.clauses
        return self.source_of(" AND ".join(clauses) or "1 = 1")

    def source_of(self, condition: str) -> str:
        """Return a statement from FROM on."""
        return f"FROM {self.source} WHERE {condition}"

    def bound(self) -> list[object]:
        """Return the values of the statement from FROM on."""
        return [*(value for _, values in self.either for value in values), *self.values]


def any_of(clauses: Sequence[Clause]) -> str:
    """Return one clause for several; their values stand for it one after the other."""
    return f"({' OR '.join(clause for clause, _ in clauses)})"


def lean(columns: Sequence[str], without: Collection[str]) -> Sequence[str]:
    """Return columns with an empty text in the place of those that need not be read."""
    if not without:
        return columns
    return tuple("''" if column in without else column for column in columns)


def ordered(order: str, *, desc: bool) -> str:
    """Return the clause that orders by a column, and by id where that has equal values."""
    way = "DESC" if desc else "ASC"
    return f"ORDER BY {order} {way}, id {way}"
