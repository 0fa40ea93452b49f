"""The statements about answers that are being made; times are of the database's clock."""

from api.db.base import new_id
from api.db.connection import Database
from api.db.sql import rows, run
from api.services.webui.records import TaskRecord

ADD = (
    "INSERT INTO webui_task (id, create_time, update_time, user_id, chat_id, message_id,"
    " is_stopped) VALUES (?, :now, :now, ?, ?, ?, ?)"
)

SETTLED = (
    "SELECT webui_message.chat_id, webui_message.message_id, webui_message.body"
    " FROM webui_chat JOIN webui_message ON webui_message.chat_id = webui_chat.id"
    " WHERE webui_chat.user_id = ? AND webui_chat.update_time >= ?"
    " AND webui_message.update_time >= ?"
    " ORDER BY webui_message.update_time DESC LIMIT ?"
)

FIND = "SELECT id, user_id, chat_id, message_id, is_stopped FROM webui_task"


def add(database: Database, user_id: str, chat_id: str, message_id: str) -> TaskRecord:
    """Write down that an answer is being made."""
    made = TaskRecord(new_id(), user_id, chat_id, message_id, is_stopped=False)
    run(database, ADD, *made)
    return made


def beat(database: Database, task_id: str) -> bool:
    """Renew a task; return whether it may go on."""
    run(database, "UPDATE webui_task SET update_time = :now WHERE id = ?", task_id)
    found = rows(database, f"{FIND} WHERE id = ?", task_id)
    return bool(found) and not found[0][-1]


def of_chat(database: Database, chat_id: str) -> list[TaskRecord]:
    """Return the answers that are being made in a chat."""
    return [task_of(row) for row in rows(database, f"{FIND} WHERE chat_id = ?", chat_id)]


def in_folder(database: Database, folder_id: str) -> list[str]:
    """Return the conversations directly in a folder in which answers are being made."""
    statement = (
        "SELECT DISTINCT c.id FROM webui_task t JOIN webui_chat c ON c.id = t.chat_id"
        " WHERE c.folder = ?"
    )
    return [chat_id for (chat_id,) in rows(database, statement, folder_id)]


def of_person(database: Database, user_id: str) -> list[TaskRecord]:
    """Return the answers that are being made in a person's chats."""
    return [task_of(row) for row in rows(database, f"{FIND} WHERE user_id = ?", user_id)]


def stop_one(database: Database, user_id: str, task_id: str) -> bool:
    """Stop an answer that is being made in a person's chat; return whether there is such a one."""
    statement = "UPDATE webui_task SET is_stopped = ? WHERE id = ? AND user_id = ?"
    return run(database, statement, True, task_id, user_id) > 0  # noqa: FBT003 - the value of a column


def end(database: Database, task_id: str) -> bool:
    """Delete a task; return whether it was there: of several processes one ends it."""
    return run(database, "DELETE FROM webui_task WHERE id = ?", task_id) > 0


def dead(database: Database, silence: int) -> list[TaskRecord]:
    """Return tasks that were not renewed for so many ms."""
    statement = f"{FIND} WHERE update_time < :now - ?"
    return [task_of(row) for row in rows(database, statement, silence)]


def settled(database: Database, user_id: str, when: int, limit: int) -> list[tuple[str, str, str]]:
    """Return messages in a person's chats that were changed since a time, the last ones first.

    Each is the id of its chat, its own, and its body as JSON.
    """
    found = rows(database, SETTLED, user_id, when, when, limit)
    return [(chat_id, message_id, body) for chat_id, message_id, body in found]


def task_of(row: tuple[object, ...]) -> TaskRecord:
    """Return a task from its row; MariaDB and SQLite have numbers for truth values."""
    made = TaskRecord._make(row)
    return made._replace(is_stopped=bool(made.is_stopped))
