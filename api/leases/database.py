"""A lease kept in a row of the database."""

from peewee import Database, MySQLDatabase

from api.db.connection import connected
from api.db.sql import rows, run

# A lease that seems to run for longer than this many times its length, and than these ms, was
# written before the machine's clock was set back; it is taken for expired.
_LONGEST = 10
_LONG = 120_000

_HELD = (
    "SELECT owner, fence FROM lease"
    " WHERE name = ? AND expires_time > :now AND expires_time <= :now + ?"
)

_ADD = "INSERT INTO lease (name, owner, fence, expires_time) VALUES (?, '', 0, 0) :unless_there"
_UNLESS_THERE = "ON CONFLICT DO NOTHING"
# Unlike a failed or ignored INSERT, this locks the row for writing: two that went on to write it
# after sharing a lock would have to wait for each other.
_UNLESS_THERE_MYSQL = "ON DUPLICATE KEY UPDATE name = name"


class DatabaseLease:
    """Who may do what only one process at a time may do; see `api.leases.base`.

    The time is that of `api.db.sql.clock`, so machines need not agree on theirs.
    """

    def __init__(self, database: Database, name: str) -> None:
        """Initialize with the name; nothing is read yet."""
        self.database = database
        self.name = name

    @connected
    def acquire(self, owner: str, ttl: float, above: int = 0) -> int | None:
        """Acquire the lease for `ttl` seconds unless another owner holds it; return its token."""
        # Looking first spares the database a transaction for each who asks in vain.
        for holder, fence in rows(self.database, _HELD, self.name, longest(ttl)):
            if holder != owner:
                return None
            if fence > above and self.renew(owner, fence, ttl):
                return int(fence)
        with self.database.atomic():
            if not self._take(owner, ttl, above):
                return None
            ((fence,),) = rows(self.database, "SELECT fence FROM lease WHERE name = ?", self.name)
            return int(fence)

    @connected
    def renew(self, owner: str, fence: int, ttl: float) -> bool:
        """Renew the lease for `ttl` seconds from now; false if it was lost."""
        return bool(
            run(
                self.database,
                "UPDATE lease SET expires_time = :now + ?"
                " WHERE name = ? AND owner = ? AND fence = ? AND expires_time > :now",
                int(ttl * 1000),
                self.name,
                owner,
                fence,
            )
        )

    @connected
    def release(self, owner: str, fence: int) -> None:
        """Release the lease, so that the next holder need not wait for its end."""
        run(
            self.database,
            "UPDATE lease SET owner = '', expires_time = 0"
            " WHERE name = ? AND owner = ? AND fence = ?",
            self.name,
            owner,
            fence,
        )

    @connected
    def check(self, fence: int) -> bool:
        """Return whether the holder with this token still holds the lease."""
        found = rows(
            self.database,
            "SELECT 1 FROM lease WHERE name = ? AND fence = ? AND owner <> ''"
            " AND expires_time > :now",
            self.name,
            fence,
        )
        return bool(found)

    @connected
    def holder(self) -> str:
        """Return who holds the lease; empty if nobody does."""
        found = rows(
            self.database,
            "SELECT owner FROM lease WHERE name = ? AND expires_time > :now",
            self.name,
        )
        return str(found[0][0]) if found else ""

    def pool_use(self) -> None:
        """Return that it has no connections of its own."""

    def guard(self, fence: int) -> bool:
        """Within a transaction: tell whether nobody took the lease since, and keep it so.

        Until the transaction ends nobody can take the lease, even if its time is over.
        """
        return bool(
            run(
                self.database,
                "UPDATE lease SET fence = fence WHERE name = ? AND fence = ?",
                self.name,
                fence,
            )
        )

    def _take(self, owner: str, ttl: float, above: int) -> bool:
        take = (
            "UPDATE lease SET owner = ?, expires_time = :now + ?,"
            " fence = CASE WHEN fence < ? THEN ? ELSE fence END + 1"
            " WHERE name = ? AND (expires_time <= :now OR expires_time > :now + ? OR owner = ?)"
        )
        values = (owner, int(ttl * 1000), above, above, self.name, longest(ttl), owner)
        if run(self.database, take, *values):
            return True
        if rows(self.database, "SELECT 1 FROM lease WHERE name = ?", self.name):
            return False
        add_lease(self.database, self.name)
        return bool(run(self.database, take, *values))


def longest(ttl: float) -> int:
    """Return how many ms a lease of `ttl` seconds may run for at most, if the clock is right."""
    return max(int(ttl * 1000) * _LONGEST, _LONG)


def add_lease(database: Database, name: str) -> None:
    """Add the row of a lease that nobody ever held; somebody else may do so just now."""
    unless = _UNLESS_THERE_MYSQL if isinstance(database, MySQLDatabase) else _UNLESS_THERE
    run(database, _ADD.replace(":unless_there", unless), name)


def migration_lease(database: Database) -> DatabaseLease:
    """Return the lease under which one process at a time migrates a database."""
    return DatabaseLease(database, "migrations")
