"""Indexes in the orders of lists, so that a page reads no more rows than it shows."""

from peewee import Database

from api.db.schema import create_index, drop_index

_ORDERS = {
    ("dataset", "tenant_id"): ("update_time",),
    ("document", "dataset_id"): ("name", "size", "type"),
    ("chat", "tenant_id"): ("create_time", "update_time"),
    ("chat_session", "chat_id"): ("create_time", "update_time", "name"),
    ("file_entry", "parent_id"): ("update_time", "name", "size", "type"),
}

_COVERED = (("chat", ("tenant_id",)), ("chat_session", ("chat_id",)))
"""Indexes that others begin with."""


def apply(database: Database) -> None:
    """Create the indexes, and drop those that are of no more use."""
    for (table, owner), orders in _ORDERS.items():
        for order in orders:
            create_index(database, table, (owner, order, "id"))
    for table, columns in _COVERED:
        drop_index(database, table, columns)
