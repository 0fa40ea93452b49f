"""The statements of shares."""

from collections.abc import Sequence
from typing import Any

import orjson

from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.share import Share
from api.db.rows import delete_rows
from api.db.sql import rows
from api.services.accounts.records import Principal
from api.services.chats.share_records import ShareRecord, Visit

COLUMNS = ", ".join(f"s.{name}" for name in ShareRecord._fields)

VISIT_SQL = (
    f"SELECT {COLUMNS}, m.tenant_id"  # noqa: S608 - names of columns
    " FROM share s JOIN account a ON a.id = s.created_by"
    " LEFT JOIN membership m ON m.user_id = s.created_by AND m.tenant_id <> s.tenant_id"
    " AND m.role <> 'invite'"
    " WHERE s.id = ? AND a.is_active"
)
"""A row for each tenant in which who has made the share is another's member, as for keys."""


def find_visit(database: Database, share_id: str) -> Visit | None:
    """Return a share and who asks by it; None where its maker's account is not active."""
    found = rows(database, VISIT_SQL, share_id)
    if not found:
        return None
    share = share_record(found[0][:-1])
    teams = tuple(row[-1] for row in found if row[-1])
    return Visit(share, Principal(share.tenant_id, share.created_by, teams=teams))


def find_share(database: Database, chat_id: str, share_id: str) -> ShareRecord | None:
    """Return a share of an assistant."""
    listing = Listing(database, "share", ShareRecord._fields)
    found = listing.where("id = ?", share_id).where("chat_id = ?", chat_id).tuples()
    return share_record(found[0]) if found else None


def list_shares(database: Database, chat_id: str) -> list[ShareRecord]:
    """Return the shares of an assistant, newest first."""
    listing = Listing(database, "share", ShareRecord._fields).where("chat_id = ?", chat_id)
    return [share_record(row) for row in listing.tuples("ORDER BY create_time DESC, id DESC")]


def insert_share(share: ShareRecord) -> None:
    """Store a new share."""
    Share.insert(columns_of(share)).execute()


def save_share(share: ShareRecord) -> None:
    """Store a share that has changed."""
    Share.update(columns_of(share)).where(Share.id == share.id).execute()


def delete_share(share_id: str) -> None:
    """Delete a share."""
    delete_rows(Share, Share.id == share_id)


def share_record(row: Sequence[Any]) -> ShareRecord:
    """Return the record of a row."""
    whole = ShareRecord._make(row)
    return whole._replace(origins=tuple(orjson.loads(row[5])), is_on=bool(whole.is_on))


def columns_of(share: ShareRecord) -> dict[Any, object]:
    """Return the columns of a record."""
    return {getattr(Share, name): value for name, value in share._asdict().items()}
