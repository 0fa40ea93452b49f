"""The statements about addresses that are told of what happens."""

from collections.abc import Mapping, Sequence

from peewee import IntegrityError

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.webhooks.records import Actor, DeliveryRow, WebhookRow

MOST = 100
"""Addresses of the server, and of a person."""

ROW = WebhookRow._fields

ADD = f"INSERT INTO webhook ({', '.join(ROW)}) VALUES ({marks(ROW)})"  # noqa: S608 - names of columns

QUEUED = (
    *("id", "create_time", "update_time", "webhook_id", "user_id", "url_encrypted"),
    *("body", "attempts", "not_before"),
)

QUEUE = f"INSERT INTO webhook_delivery ({', '.join(QUEUED)}) VALUES ({marks(QUEUED)})"  # noqa: S608 - names of columns

DUE = """
    SELECT id, create_time, webhook_id, user_id, url_encrypted, body, attempts
    FROM webhook_delivery WHERE not_before <= ? ORDER BY not_before, id LIMIT ?
"""

ACTOR = """
    SELECT id, nickname, email, is_superuser, create_time, update_time FROM account WHERE id = ?
"""


def of_owner(database: Database, user_id: str) -> list[WebhookRow]:
    """Return the addresses of a person, or of the server, the oldest first."""
    found = Listing(database, "webhook", ROW).where("user_id = ?", user_id)
    return [row_of(row) for row in found.tuples("ORDER BY create_time, id LIMIT ?", MOST)]


def find(database: Database, webhook_id: str) -> WebhookRow | None:
    """Return an address, whoever has it."""
    found = Listing(database, "webhook", ROW).where("id = ?", webhook_id).tuples()
    return row_of(found[0]) if found else None


def row_of(row: tuple[object, ...]) -> WebhookRow:
    """Return an address from its row; MariaDB and SQLite have numbers for truth values."""
    found = WebhookRow._make(row)
    return found._replace(
        is_enabled=bool(found.is_enabled),
        is_default=bool(found.is_default),
        only_away=bool(found.only_away),
    )


def add(database: Database, row: WebhookRow) -> bool:
    """Write an address; false where the owner has one of that name."""
    try:
        with database.atomic():
            run(database, ADD, *row)
    except IntegrityError:
        return False
    return True


def change(database: Database, webhook_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of an address."""
    found = {**columns, "update_time": now_ms()}
    named = ", ".join(f"{name} = ?" for name in found)
    statement = f"UPDATE webhook SET {named} WHERE id = ?"  # noqa: S608 - names of columns
    run(database, statement, *found.values(), webhook_id)


def make_default(database: Database, user_id: str, webhook_id: str) -> None:
    """Let an address be the first of a person, and no other one of theirs."""
    for row in of_owner(database, user_id):
        if row.is_default != (row.id == webhook_id):
            change(database, row.id, {"is_default": not row.is_default})


def delete(database: Database, webhook_id: str) -> None:
    """Delete an address with what it is still to be told."""
    run(database, "DELETE FROM webhook WHERE id = ?", webhook_id)
    run(database, "DELETE FROM webhook_delivery WHERE webhook_id = ?", webhook_id)


def actor(database: Database, user_id: str) -> Actor | None:
    """Return an account as one who has done something."""
    found = rows(database, ACTOR, user_id)
    if not found:
        return None
    made = Actor._make(found[0])
    return made._replace(is_administrator=bool(made.is_administrator))


def groups_of(database: Database, user_id: str) -> set[str]:
    """Return the groups that a person is in."""
    statement = "SELECT group_id FROM group_member WHERE user_id = ?"
    return {str(group_id) for (group_id,) in rows(database, statement, user_id)}


# What is still to be told.


def waiting(database: Database, webhook_id: str) -> int:
    """Return how much an address is still to be told."""
    statement = "SELECT COUNT(*) FROM webhook_delivery WHERE webhook_id = ?"
    return int(rows(database, statement, webhook_id)[0][0])


def waiting_of(database: Database, user_id: str) -> int:
    """Return how much a person is still to be told at addresses that no row has."""
    statement = "SELECT COUNT(*) FROM webhook_delivery WHERE user_id = ? AND webhook_id = ''"
    return int(rows(database, statement, user_id)[0][0])


def queue(database: Database, webhook_id: str, user_id: str, url_encrypted: str, body: str) -> None:
    """Write what an address is to be told now."""
    now = now_ms()
    run(database, QUEUE, new_id(), now, now, webhook_id, user_id, url_encrypted, body, 0, now)


def due(database: Database, most: int) -> list[DeliveryRow]:
    """Return some of what is to be told now, the oldest first."""
    return [DeliveryRow._make(row) for row in rows(database, DUE, now_ms(), most)]


def delay(database: Database, delivery_id: str, not_before: int) -> None:
    """Write that an address was told in vain."""
    statement = "UPDATE webhook_delivery SET attempts = attempts + 1, not_before = ? WHERE id = ?"
    run(database, statement, not_before, delivery_id)


def remove(database: Database, ids: Sequence[str]) -> None:
    """Delete what was told, or is told no more."""
    if ids:
        run(database, f"DELETE FROM webhook_delivery WHERE id IN ({marks(ids)})", *ids)  # noqa: S608 - marks


def hold_back(database: Database, webhook_id: str, not_before: int) -> None:
    """Let all that an address is to be told wait, since it does not answer now."""
    statement = "UPDATE webhook_delivery SET not_before = ? WHERE webhook_id = ? AND not_before < ?"
    if webhook_id:
        run(database, statement, not_before, webhook_id, not_before)
