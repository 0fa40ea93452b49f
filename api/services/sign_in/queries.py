"""The statements about signing in."""

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.sql import rows, run

# Keys that sign.


def signing_keys(database: Database) -> list[tuple[str, int, str]]:
    """Return the keys that sign access tokens, by id, time and what is kept, the newest first."""
    found = rows(
        database,
        "SELECT id, create_time, secret_encrypted FROM signing_key"
        " ORDER BY create_time DESC, id DESC",
    )
    return [(key_id, time, kept) for key_id, time, kept in found]


def add_signing_key(database: Database, kept: str, before: int) -> None:
    """Write a key that signs from now on; those go whose successor came before a time in ms."""
    now = now_ms()
    with database.atomic():
        known = signing_keys(database)
        succeeded = zip(known[1:], known, strict=False)
        for old in (old[0] for old, next_one in succeeded if next_one[1] < before):
            run(database, "DELETE FROM signing_key WHERE id = ?", old)
        run(
            database,
            "INSERT INTO signing_key (id, create_time, update_time, secret_encrypted)"
            " VALUES (?, ?, ?, ?)",
            *(new_id(), now, now, kept),
        )


def delete_signing_keys(database: Database) -> None:
    """Delete all keys that sign: no access token is good any more."""
    run(database, "DELETE FROM signing_key")
