"""The statements about settings in the database."""

import json
from collections.abc import Sequence

from peewee import IntegrityError

from api.config.stored import Edition, Kept
from api.db.base import now_ms
from api.db.connection import Database
from api.db.sql import rows, run
from api.db.versions import SETTINGS
from api.services.configuration.records import Author, ChangeRecord, Written

KEPT = "SELECT name, value, sealed FROM setting"

AUTHORS = "SELECT name, author, time FROM setting"

DELETE = "DELETE FROM setting WHERE name = ?"

INSERT = (
    "INSERT INTO setting (name, value, sealed, user_id, author, time) VALUES (?, ?, ?, ?, ?, ?)"
)

INSERT_CHANGE = (
    "INSERT INTO setting_change (version, time, user_id, author, what, changes)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)

CHANGES = "SELECT version, time, user_id, author, what, changes FROM setting_change"

MOST_CHANGES = 1000
"""How many changes are kept: with a further one the oldest is forgotten."""


def version_of(database: Database) -> int:
    """Return the version of what is kept; 0 before the first change."""
    return int(rows(database, SETTINGS)[0][0])


def read_kept(database: Database) -> Edition:
    """Return all that is kept.

    The version is read first: where another one is committed meanwhile, the next look finds it.
    """
    version = version_of(database)
    found = {name: Kept(text, bool(sealed)) for name, text, sealed in rows(database, KEPT)}
    return Edition(version, found)


def read_authors(database: Database) -> dict[str, tuple[str, int]]:
    """Return who has set each value that is kept, and when, in ms."""
    return {name: (author, time) for name, author, time in rows(database, AUTHORS)}


def write(
    database: Database, version: int, author: Author, written: Sequence[Written], what: str
) -> bool:
    """Write the version that follows one; false where that has been followed by another already.

    The number of the version is unique, so that of two who write at once one is refused.
    """
    now = now_ms()
    told = json.dumps(written)
    try:
        with database.atomic():
            if version_of(database) != version:
                return False
            who = (author.user_id, author.name)
            run(database, INSERT_CHANGE, version + 1, now, *who, what, told)
            for name, _, after in written:
                run(database, DELETE, name)
                if after is not None:
                    run(database, INSERT, name, after.text, after.sealed, *who, now)
            forget = "DELETE FROM setting_change WHERE version <= ?"
            run(database, forget, version + 1 - MOST_CHANGES)
    except IntegrityError:
        return False
    return True


def list_changes(database: Database, limit: int, offset: int) -> list[ChangeRecord]:
    """Return changes, the newest first."""
    statement = f"{CHANGES} ORDER BY version DESC LIMIT ? OFFSET ?"
    return [change_of(row) for row in rows(database, statement, limit, offset)]


def changes_after(database: Database, version: int) -> list[ChangeRecord]:
    """Return all changes after a version, the newest first."""
    statement = f"{CHANGES} WHERE version > ? ORDER BY version DESC"
    return [change_of(row) for row in rows(database, statement, version)]


def count_changes(database: Database) -> int:
    """Return how many changes are kept."""
    return int(rows(database, "SELECT COUNT(*) FROM setting_change")[0][0])


def change_of(row: tuple[object, ...]) -> ChangeRecord:
    """Return a change from its row."""
    version, time, user_id, author, what, changes = row
    written = tuple(
        Written(name, before and Kept(*before), after and Kept(*after))
        for name, before, after in json.loads(str(changes))
    )
    return ChangeRecord(
        int(str(version)), int(str(time)), Author(str(author), str(user_id)), str(what), written
    )
