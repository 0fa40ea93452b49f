"""The statements about how people are in the front end."""

from collections.abc import Mapping, Sequence

import orjson

from api.db.base import now_ms
from api.db.connection import Database
from api.db.sql import rows, run
from api.services.webui.bodies import as_json
from api.services.webui.presence_records import Presence

COLUMNS = ", ".join(Presence._fields)

ADD = (
    f"INSERT INTO webui_presence (create_time, update_time, {COLUMNS})"  # noqa: S608 - names of columns
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)

MODELS = (
    "SELECT DISTINCT said.body FROM webui_task AS task JOIN webui_message AS said"
    " ON said.chat_id = task.chat_id AND said.message_id = task.message_id"
)


def of_people(database: Database, ids: Sequence[str]) -> list[Presence]:
    """Return how some people are, of whom that is known."""
    if not ids:
        return []
    marks = ", ".join("?" for _ in ids)
    statement = f"SELECT {COLUMNS} FROM webui_presence WHERE id IN ({marks})"  # noqa: S608 - marks alone
    return [presence_of(row) for row in rows(database, statement, *ids)]


def presence_of(row: Sequence[object]) -> Presence:
    """Return how a person is from a row."""
    made = Presence._make(row)
    return made._replace(
        info=orjson.loads(str(made.info)), variables=orjson.loads(str(made.variables))
    )


def change(database: Database, user_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a person; within a transaction."""
    setting = ", ".join(f"{name} = ?" for name in columns)
    now = now_ms()
    statement = f"UPDATE webui_presence SET update_time = ?, {setting} WHERE id = ?"  # noqa: S608 - names of columns
    if not run(database, statement, now, *columns.values(), user_id):
        made = Presence(user_id)._replace(info=as_json({}), variables=as_json({}))  # type: ignore[arg-type]  # as the columns have them
        run(database, ADD, now, now, *made._replace(**columns))  # type: ignore[arg-type]  # columns of the table


def seen_since(database: Database, since: int) -> int:
    """Return how many people were there since a time, in ms."""
    statement = "SELECT COUNT(*) FROM webui_presence WHERE seen_time >= ?"
    return int(rows(database, statement, since)[0][0])


def models_answering(database: Database) -> list[str]:
    """Return which models make answers now in chats that are kept."""
    bodies = [orjson.loads(body) for (body,) in rows(database, MODELS)]
    return sorted({str(body["model"]) for body in bodies if body.get("model")})
