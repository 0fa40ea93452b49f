"""Lists of rows by plain SQL: building a query with peewee costs several times its execution."""

from collections.abc import Collection, Sequence
from typing import Any, Self

from peewee import Database, MySQLDatabase

from api.db import sql
from api.db.schema import index_name

LIKE_ESCAPE = "!"
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
        self.clauses: list[str] = []
        self.values: list[object] = []

    def where(self, clause: str, *values: object) -> Self:
        """Filter the rows by a clause with a `?` for each value."""
        self.clauses.append(clause)
        self.values += values
        return self

    def having(self, clause: str, *values: object) -> "Listing":
        """Return a list of those of the rows that fulfil a clause; this one stays."""
        found = Listing(self.database, self.table, self.columns)
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
        return sql.rows(
            self.database, f"SELECT {columns} {self.body()} {tail}", *self.values, *values
        )

    def page_tuples(
        self, order: str, *, desc: bool, limit: int, offset: int
    ) -> list[tuple[Any, ...]]:
        """Return a page of the rows by a column; rows with equal values come by id."""
        return self.tuples(f"{ordered(order, desc=desc)} LIMIT ? OFFSET ?", limit, offset)

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
        found = sql.rows(self.database, f"SELECT COUNT(*) {self.body()}", *self.values)
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
        condition = " AND ".join(self.clauses) or "1 = 1"
        return f"FROM {self.source} WHERE {condition}"


def lean(columns: Sequence[str], without: Collection[str]) -> Sequence[str]:
    """Return columns with an empty text in the place of those that need not be read."""
    if not without:
        return columns
    return tuple("''" if column in without else column for column in columns)


def ordered(order: str, *, desc: bool) -> str:
    """Return the clause that orders by a column, and by id where that has equal values."""
    way = "DESC" if desc else "ASC"
    return f"ORDER BY {order} {way}, id {way}"
