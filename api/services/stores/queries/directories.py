"""The statements about directories of datasets, and about where documents are."""

from collections.abc import Mapping, Sequence

from peewee import IntegrityError

from api.db import events
from api.db.base import now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import marks, rows, run
from api.services.stores.directory_records import Directory, Placed

TABLE = "dataset_directory"
PLACED = Placed._fields

ADD = (
    "INSERT INTO dataset_directory (id, dataset_id, parent_id, created_by, name, create_time,"
    " update_time) VALUES (?, ?, ?, ?, ?, ?, ?)"
)

PLACE = "UPDATE document SET directory_id = ?, sent_name = ?, update_time = ? WHERE id = ?"

RENAME = "UPDATE document SET sent_name = ? WHERE file_id = ? AND sent_name <> ''"

LOCK = "UPDATE dataset SET update_time = update_time WHERE id = ?"


def lock(database: Database, dataset_id: str) -> None:
    """Let nobody else change the directories of a dataset until the transaction ends."""
    run(database, LOCK, dataset_id)


def of_dataset(database: Database, dataset_id: str) -> list[Directory]:
    """Return the directories of a dataset, by name."""
    listing = Listing(database, TABLE, Directory._fields).where("dataset_id = ?", dataset_id)
    return [Directory._make(row) for row in listing.tuples("ORDER BY name, id")]


def has(database: Database, dataset_id: str, directory_id: str) -> bool:
    """Return whether a dataset has a directory."""
    listing = Listing(database, TABLE, ("id",)).where("dataset_id = ?", dataset_id)
    return bool(listing.where("id = ?", directory_id).tuples())


def add(database: Database, made: Directory) -> None:
    """Write a directory."""
    run(database, ADD, *made)


def change(database: Database, directory_id: str, columns: Mapping[str, object]) -> bool:
    """Write columns of a directory; false if there is one of its name beside it."""
    found = {**columns, "update_time": now_ms()}
    names = ", ".join(f"{name} = ?" for name in found)
    statement = f"UPDATE dataset_directory SET {names} WHERE id = ?"  # noqa: S608 - names of columns
    try:
        with database.atomic():
            run(database, statement, *found.values(), directory_id)
    except IntegrityError:
        return False
    return True


def delete(database: Database, directory_ids: Sequence[str]) -> None:
    """Delete directories; what is in them is elsewhere already."""
    if directory_ids:
        statement = f"DELETE FROM dataset_directory WHERE id IN ({marks(directory_ids)})"  # noqa: S608 - marks alone
        run(database, statement, *directory_ids)


def move_all(
    database: Database, dataset_id: str, directory_ids: Sequence[str], target: str
) -> None:
    """Put the documents of directories into another one."""
    where = f"dataset_id = ? AND directory_id IN ({marks(directory_ids)})"
    found = rows(database, f"SELECT id FROM document WHERE {where}", dataset_id, *directory_ids)  # noqa: S608 - marks alone
    statement = f"UPDATE document SET directory_id = ? WHERE {where}"  # noqa: S608 - marks alone
    run(database, statement, target, dataset_id, *directory_ids)
    events.note([document_id for (document_id,) in found])


def place(database: Database, document_id: str, directory_id: str, sent_name: str) -> None:
    """Note where a document is, and what it is called there."""
    run(database, PLACE, directory_id, sent_name, now_ms(), document_id)
    events.note([document_id])


def rename(database: Database, file_id: str, name: str) -> None:
    """Note what documents of a file are called that another name was noted for."""
    run(database, RENAME, name, file_id)


def placed(database: Database, dataset_id: str) -> list[Placed]:
    """Return where all documents of a dataset are, the newest first."""
    listing = Listing(database, "document", PLACED).where("dataset_id = ?", dataset_id)
    return [Placed._make(row) for row in listing.tuples("ORDER BY create_time DESC, id")]


def placed_in(
    database: Database, dataset_id: str, directory_ids: Sequence[str], limit: int
) -> list[Placed]:
    """Return some documents that are in directories."""
    listing = Listing(database, "document", PLACED).where("dataset_id = ?", dataset_id)
    found = listing.where_in("directory_id", directory_ids).tuples(f"ORDER BY id LIMIT {limit}")
    return [Placed._make(row) for row in found]
