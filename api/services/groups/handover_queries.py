"""The statements by which the things of a tenant become another's."""

from collections.abc import Sequence

from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.models.file import FileEntry
from api.db.sql import rows, run
from api.services.library.names import name_key

NAMED = {"dataset": 128, "chat": 255, "search_app": 255}
"""The tables of things whose names are unique in a tenant, and the longest names."""

ALONG = {"document": True, "task": False, "share": True, "file_entry": True}
"""The tables of what else is a tenant's, and whether their rows say who has made them."""

OWN_SESSIONS = (
    "UPDATE chat_session SET tenant_id = ? WHERE tenant_id = ?"
    " AND chat_id IN (SELECT id FROM chat WHERE tenant_id = ?)"
)


MADE = "UPDATE {} SET created_by = ? WHERE tenant_id = ? AND created_by = ?"


def embedding_models(database: Database, tenant_id: str) -> list[tuple[str, str]]:
    """Return the embedding models of a tenant's datasets, each with the name of one of these."""
    statement = (
        "SELECT embedding_model, MIN(name) FROM dataset WHERE tenant_id = ?"
        " GROUP BY embedding_model ORDER BY embedding_model"
    )
    return [(model, name) for model, name in rows(database, statement, tenant_id)]


def names_of(database: Database, table: str, tenant_id: str) -> list[tuple[str, str]]:
    """Return the ids and names of a tenant's things of a kind, the oldest first."""
    statement = f"SELECT id, name FROM {table} WHERE tenant_id = ? ORDER BY create_time, id"  # noqa: S608 - tables of ours
    return [(thing_id, name) for thing_id, name in rows(database, statement, tenant_id)]


def give(database: Database, table: str, thing_id: str, tenant_id: str, name: str) -> None:
    """Make a named thing a tenant's, under a name that is free there."""
    statement = f"UPDATE {table} SET tenant_id = ?, name = ?, name_key = ? WHERE id = ?"  # noqa: S608 - tables of ours
    run(database, statement, tenant_id, name, name_key(name), thing_id)


def give_along(database: Database, giver: str, taker: str) -> None:
    """Make another's what goes with a tenant's things, while these are still the giver's."""
    run(database, OWN_SESSIONS, taker, giver, giver)
    for table, has_maker in ALONG.items():
        if has_maker:
            run(database, MADE.format(table), taker, giver, giver)
        run(database, f"UPDATE {table} SET tenant_id = ? WHERE tenant_id = ?", taker, giver)  # noqa: S608 - tables of ours
    for table in ("dataset", "search_app"):
        run(database, MADE.format(table), taker, giver, giver)


def names_in_root(database: Database, tenant_id: str) -> list[str]:
    """Return the names of what is in a tenant's root folder."""
    found = rows(database, "SELECT name FROM file_entry WHERE parent_id = ?", tenant_id)
    return [name for (name,) in found]


def give_root(database: Database, giver: str, taker: str, name: str) -> None:
    """Put what is in a tenant's root folder into a new folder of another's."""
    now = now_ms()
    folder = FileEntry.create(
        id=new_id(),
        create_time=now,
        update_time=now,
        tenant_id=taker,
        parent_id=taker,
        created_by=taker,
        name=name,
        name_key=name_key(name),
        type="folder",
    )
    run(database, "UPDATE file_entry SET parent_id = ? WHERE parent_id = ?", folder.id, giver)


def forget_sessions(database: Database, tenant_id: str) -> None:
    """Delete the sessions of a tenant with assistants of others."""
    where = "session_id IN (SELECT id FROM chat_session WHERE tenant_id = ?)"
    run(database, f"DELETE FROM chat_message WHERE {where}", tenant_id)  # noqa: S608 - a clause of ours
    run(database, "DELETE FROM chat_session WHERE tenant_id = ?", tenant_id)


def lock_accounts(database: Database, ids: Sequence[str]) -> None:
    """Let nobody else change accounts until the transaction ends."""
    for user_id in sorted(ids):
        run(database, "UPDATE account SET update_time = ? WHERE id = ?", now_ms(), user_id)
