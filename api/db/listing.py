"""Lists of rows by plain SQL: building a query with peewee costs several times its execution."""

from collections.abc import Sequence
from typing import Any, Self

from peewee import Database

from api.db import sql

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
        self.columns = columns
        self.clauses: list[str] = []
        self.values: list[object] = []

    def where(self, clause: str, *values: object) -> Self:
        """Filter the rows by a clause with a `?` for each value."""
        self.clauses.append(clause)
        self.values += values
        return self

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

    def count(self) -> int:
        """Return how many rows there are."""
        found = sql.rows(self.database, f"SELECT COUNT(*) {self.body()}", *self.values)
        return int(found[0][0])

    def total(self, page: Sequence[object], *, limit: int, offset: int) -> int:
        """Return how many rows there are, without asking where a page tells."""
        if (page or not offset) and len(page) < limit:
            return offset + len(page)
        return self.count()

    def body(self) -> str:
        """Return the statement from FROM on."""
        condition = " AND ".join(self.clauses) or "1 = 1"
        return f"FROM {self.table} WHERE {condition}"


def ordered(order: str, *, desc: bool) -> str:
    """Return the clause that orders by a column, and by id where that has equal values."""
    way = "DESC" if desc else "ASC"
    return f"ORDER BY {order} {way}, id {way}"
