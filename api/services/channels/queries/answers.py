"""The statements about messages that models are writing; times are of the database's clock."""

from typing import NamedTuple

from api.db.connection import Database
from api.db.sql import rows, run

ADD = (
    "INSERT INTO channel_answer (id, create_time, update_time, channel_id, user_id, is_stopped)"
    " VALUES (?, :now, :now, ?, ?, ?)"
)

RUNNING = (
    "SELECT a.is_stopped FROM channel_answer a JOIN channel_message m ON m.id = a.id WHERE a.id = ?"
)

FIND = "SELECT id, channel_id, user_id, is_stopped FROM channel_answer"


class Answer(NamedTuple):
    """A message that a model is writing, for somebody who has called it."""

    id: str
    channel_id: str
    user_id: str
    is_stopped: bool


def add(database: Database, message_id: str, channel_id: str, user_id: str) -> None:
    """Write down that a message is being written, for somebody."""
    run(database, ADD, message_id, channel_id, user_id, False)  # noqa: FBT003 - the value of a column


def beat(database: Database, message_id: str) -> bool:
    """Renew an answer; return whether it may go on: nobody stopped it or deleted its message."""
    run(database, "UPDATE channel_answer SET update_time = :now WHERE id = ?", message_id)
    found = rows(database, RUNNING, message_id)
    return bool(found) and not found[0][0]


def of_person(database: Database, user_id: str) -> list[Answer]:
    """Return the answers that are being made for somebody."""
    found = rows(database, f"{FIND} WHERE user_id = ?", user_id)
    return [Answer(one, place, whose, bool(ended)) for one, place, whose, ended in found]


def stop(database: Database, user_id: str, message_id: str) -> bool:
    """Stop an answer that is being made for somebody; return whether there is such a one."""
    statement = "UPDATE channel_answer SET is_stopped = ? WHERE id = ? AND user_id = ?"
    return run(database, statement, True, message_id, user_id) > 0  # noqa: FBT003 - the value of a column


def end(database: Database, message_id: str) -> bool:
    """Delete an answer that is being made; return whether it was: of several, one ends it."""
    return run(database, "DELETE FROM channel_answer WHERE id = ?", message_id) > 0


def dead(database: Database, silence: int) -> list[str]:
    """Return the messages whose answers were not renewed for so many ms."""
    statement = "SELECT id FROM channel_answer WHERE update_time < :now - ?"
    return [str(one) for (one,) in rows(database, statement, silence)]
