"""The statements about webhooks of channels."""

from collections.abc import Mapping

from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, run
from api.services.channels.records import WebhookRow

ROW = WebhookRow._fields

ADD = f"INSERT INTO channel_webhook ({', '.join(ROW)}) VALUES ({marks(ROW)})"  # noqa: S608 - names of columns


def of_channel(database: Database, channel_id: str) -> list[WebhookRow]:
    """Return the webhooks of a channel, the oldest first."""
    found = Listing(database, "channel_webhook", ROW).where("channel_id = ?", channel_id)
    return [WebhookRow._make(row) for row in found.tuples("ORDER BY create_time, id")]


def find(database: Database, webhook_id: str) -> WebhookRow | None:
    """Return a webhook."""
    found = Listing(database, "channel_webhook", ROW).where("id = ?", webhook_id).tuples()
    return WebhookRow._make(found[0]) if found else None


def names(database: Database, ids: list[str]) -> Mapping[str, str]:
    """Return what webhooks are called, by their ids."""
    found = Listing(database, "channel_webhook", ("id", "name")).where_in("id", ids).tuples()
    return {str(one): str(name) for one, name in found}


def add(database: Database, row: WebhookRow) -> None:
    """Write a webhook."""
    run(database, ADD, *row)


def change(database: Database, webhook_id: str, columns: Mapping[str, object]) -> None:
    """Write columns of a webhook."""
    found = {**columns, "update_time": now_ms()}
    named = ", ".join(f"{name} = ?" for name in found)
    statement = f"UPDATE channel_webhook SET {named} WHERE id = ?"  # noqa: S608 - names of columns
    run(database, statement, *found.values(), webhook_id)


def delete(database: Database, webhook_id: str) -> None:
    """Delete a webhook; what it has written stays."""
    run(database, "DELETE FROM channel_webhook WHERE id = ?", webhook_id)
