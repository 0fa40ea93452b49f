"""Refusing what a holder of a lease writes after another one took over."""

from collections.abc import Callable

from peewee import Database, SqliteDatabase

from api.db.sql import rows, run
from api.leases.database import add_lease

_NEWEST = "SELECT fence FROM lease WHERE name = ? :lock"

Guard = Callable[[], None]
"""Called within every transaction of a holder; raises DeposedError."""


class DeposedError(Exception):
    """Another holder has taken over since: nothing more may be written.

    `newest` is the token that says so.
    """

    def __init__(self, name: str, newest: int) -> None:
        """Initialize with the token."""
        super().__init__(f"The lease {name} has another holder by now.")
        self.newest = newest


class Fencing:
    """Remembers in the database the newest token of a lease, wherever the lease itself is kept.

    A lease in the database has its token in the same row already.
    """

    def __init__(self, database: Database, name: str) -> None:
        """Initialize with the name; nothing is read yet."""
        self.database = database
        self.name = name

    def check(self, token: int) -> None:
        """Within a transaction: raise DeposedError if a newer token is known.

        Until the transaction ends, no newer one becomes known.
        """
        newest = self._newest()
        if newest > token:
            raise DeposedError(self.name, newest)
        if newest < token:
            run(self.database, "UPDATE lease SET fence = ? WHERE name = ?", token, self.name)

    def _newest(self) -> int:
        # A transaction on SQLite is alone from its beginning.
        locking = "" if isinstance(self.database, SqliteDatabase) else "FOR UPDATE"
        statement = _NEWEST.replace(":lock", locking)
        while not (found := rows(self.database, statement, self.name)):
            add_lease(self.database, self.name)
        return int(found[0][0])


def unguarded() -> None:
    """Allow everything, where nobody competes."""
