"""What processes say about themselves, kept where all others can read it."""

from collections.abc import Mapping
from typing import Any

import orjson
from peewee import Database

from api.db.connection import connected
from api.db.sql import rows, run
from api.leases.fencing import Guard, unguarded

Content = Mapping[str, object]

KEPT_MS = 3_600_000
"""How long reports are kept of those that say nothing any more."""


class Reports:
    """The newest report of each job and worker."""

    def __init__(self, database: Database) -> None:
        """Remember the database."""
        self.database = database

    @connected
    def write(self, kind: str, reports: Mapping[str, Content], guard: Guard = unguarded) -> None:
        """Keep reports by name, and forget very old ones; nobody else writes these names."""
        with self.database.atomic():
            guard()
            for name, content in reports.items():
                self._put(kind, name, orjson.dumps(content).decode())
            run(self.database, "DELETE FROM report WHERE update_time < :now - ?", KEPT_MS)

    @connected
    def forget(self, name: str) -> None:
        """Forget the report of one that ends."""
        run(self.database, "DELETE FROM report WHERE name = ?", name)

    @connected
    def read(self, kind: str, seconds: float) -> dict[str, Any]:
        """Return the reports of a kind by name that are no older than so many seconds."""
        found = rows(
            self.database,
            "SELECT name, content FROM report"
            " WHERE kind = ? AND update_time > :now - ? ORDER BY name",
            kind,
            int(seconds * 1000),
        )
        return {name: orjson.loads(content) for name, content in found}

    def _put(self, kind: str, name: str, content: str) -> None:
        change = "UPDATE report SET content = ?, update_time = :now WHERE name = ? AND kind = ?"
        if not run(self.database, change, content, name, kind):
            add = "INSERT INTO report (content, name, kind, update_time) VALUES (?, ?, ?, :now)"
            run(self.database, add, content, name, kind)
