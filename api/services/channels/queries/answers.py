"""The statements about messages that models are writing; times are of the database's clock."""

from api.db.connection import Database
from api.db.sql import rows, run

ADD = (
    "INSERT INTO channel_answer (id, create_time, update_time, channel_id, user_id)"
    " VALUES (?, :now, :now, ?, ?)"
)


def add(database: Database, message_id: str, channel_id: str, user_id: str) -> None:
    """Write down that a message is being written, for somebody."""
    run(database, ADD, message_id, channel_id, user_id)


def beat(database: Database, message_id: str) -> bool:
    """Renew an answer; return whether it is being made, and its message is there."""
    run(database, "UPDATE channel_answer SET update_time = :now WHERE id = ?", message_id)
    statement = (
        "SELECT 1 FROM channel_answer a JOIN channel_message m ON m.id = a.id WHERE a.id = ?"
    )
    return bool(rows(database, statement, message_id))


def end(database: Database, message_id: str) -> bool:
    """Delete an answer that is being made; return whether it was: of several, one ends it."""
    return run(database, "DELETE FROM channel_answer WHERE id = ?", message_id) > 0


def dead(database: Database, silence: int) -> list[str]:
    """Return the messages whose answers were not renewed for so many ms."""
    statement = "SELECT id FROM channel_answer WHERE update_time < :now - ?"
    return [str(one) for (one,) in rows(database, statement, silence)]
