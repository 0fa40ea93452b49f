"""What a request has committed to the database of a test, by the tables."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.db.connection import Database

WRITES = re.compile(
    r'\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE
)


class Changes:
    """Notes the tables to which rows were written, once that is committed."""

    def __init__(self) -> None:
        """Begin with none."""
        self._pending: set[str] = set()
        self._committed: set[str] = set()

    def statement(self, text: str, rows: int) -> None:
        """Note the table of which a statement has written so many rows."""
        found = WRITES.match(text)
        if found and rows:
            self._pending.add(found[1].lower())

    def commit(self) -> None:
        """Note that what was written stays."""
        self._committed |= self._pending
        self._pending.clear()

    def rollback(self) -> None:
        """Forget what was written: it does not stay."""
        self._pending.clear()

    def take(self) -> frozenset[str]:
        """Return the tables to which something was written since the last time."""
        taken, self._committed = frozenset(self._committed), set()
        return taken


@contextmanager
def noting(database: Database) -> Iterator[Changes]:
    """Note what goes to a database within a `with` block."""
    opened: Any = database
    execute, commit, rollback = opened.execute_sql, opened.commit, opened.rollback
    changes = Changes()

    def execute_sql(statement: str, *arguments: Any, **named: Any) -> Any:
        cursor = execute(statement, *arguments, **named)
        changes.statement(statement, cursor.rowcount)
        if not opened.in_transaction():
            changes.commit()
        return cursor

    def committed() -> Any:
        changes.commit()
        return commit()

    def rolled_back() -> Any:
        changes.rollback()
        return rollback()

    opened.execute_sql, opened.commit, opened.rollback = execute_sql, committed, rolled_back
    try:
        yield changes
    finally:
        opened.execute_sql, opened.commit, opened.rollback = execute, commit, rollback
