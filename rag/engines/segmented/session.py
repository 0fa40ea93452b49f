"""What an index in tables asks of the database that holds them."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from rag.engines.base import Condition, MetadataCondition

Test = tuple[str, list[object]]
"""A condition in SQL with the values of its place holders, in their order."""


class Session(Protocol):
    """One transaction on the tables.

    Statements are written as PostgreSQL reads them, but with `?` where a value stands. A list is
    one value: `row = ANY(?)`.
    """

    locking: str
    """What follows a SELECT of rows that nobody else may change until the transaction ends."""

    def fetch(self, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a statement; each has the types of the columns it names."""
        ...

    def execute(self, statement: str, values: Sequence[object] = ()) -> None:
        """Carry out a statement that returns nothing."""
        ...

    def execute_many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Carry out a statement for each of some rows of values."""
        ...

    def any_text(self, text: str) -> object:
        """Return the value of a column of metadata, which holds every text, whatever is in it."""
        ...

    def condition(self, condition: MetadataCondition) -> Test:
        """Return what holds for the rows of `document` that meet a condition."""
        ...

    def hold_all(self) -> None:
        """Have all others that change the tables wait until the transaction ends."""
        ...

    def pass_number(self, table: str, number: int) -> None:
        """Have new rows of a table get numbers beyond one, which was given elsewhere."""
        ...

    def shrink(self) -> None:
        """Give back the room of removed rows, where the database does not by itself."""
        ...


class Sessions(Protocol):
    """Opens transactions; what goes wrong in one is a ChunkStoreError, and changes nothing."""

    def reading(self) -> AbstractContextManager[Session]:
        """Return a session with a snapshot of the tables that no writer changes."""
        ...

    def writing(self) -> AbstractContextManager[Session]:
        """Return a session that commits durably when the block ends without error."""
        ...

    def close(self) -> None:
        """Release what is held open."""
        ...


def joined(condition: MetadataCondition, part: Callable[[Condition], Test]) -> Test:
    """Return the test of a condition whose single comparisons `part` makes tests of."""
    tests = [
        joined(one, part) if isinstance(one, MetadataCondition) else part(one)
        for one in condition.conditions
    ]
    between = " AND " if condition.match_all else " OR "
    values = [value for _, listed in tests for value in listed]
    return "(" + between.join([test for test, _ in tests] or ["TRUE"]) + ")", values
