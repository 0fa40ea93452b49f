"""The statements about files and folders that are kept."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.db.base import now_ms
from api.db.connection import Database
from api.db.cursors import Cursor, Part, part_of, placed
from api.db.listing import LIKE_ESCAPE, Listing, containing
from api.db.models.file import FileEntry
from api.db.rows import locked_rows
from api.db.sql import rows, run
from api.services.accounts.grant_queries import forget_things
from api.services.files.records import COLUMNS, FOLDER, FileRecord, Link, Stored
from api.services.files.values import FileFilter
from api.services.library.names import name_key
from api.services.library.queries.paging import page_rows
from api.services.library.records import StoredFile
from api.services.library.values import Page, Place
from api.things import Kind

TABLE = "file_entry"

AT_ONCE = 500
"""Rows that a statement names at most."""

MOST = 1000
"""Files and folders of others that are listed."""

_ABOVE = (
    "WITH RECURSIVE above(id, parent_id, steps) AS ("
    "SELECT id, parent_id, 0 FROM file_entry WHERE id = ?"
    " UNION ALL SELECT f.id, f.parent_id, a.steps + 1"
    " FROM file_entry f JOIN above a ON f.id = a.parent_id)"
    " SELECT f.id, f.tenant_id, f.parent_id, f.created_by, f.name, f.type, f.size,"
    " f.create_time, f.update_time, f.purpose"
    " FROM above a JOIN file_entry f ON f.id = a.id ORDER BY a.steps"
)

_BELOW = (
    "WITH RECURSIVE below(id, steps) AS ("
    "SELECT id, 0 FROM file_entry WHERE id IN ({marks})"
    " UNION ALL SELECT f.id, b.steps + 1 FROM file_entry f JOIN below b ON f.parent_id = b.id)"
    " SELECT f.id, f.name, f.size, f.storage_key, f.type, b.steps"
    " FROM below b JOIN file_entry f ON f.id = b.id"
)

_DEPTH = (
    "WITH RECURSIVE below(id, steps) AS ("
    "SELECT id, 1 FROM file_entry WHERE id IN ({marks})"
    " UNION ALL SELECT f.id, b.steps + 1 FROM file_entry f JOIN below b ON f.parent_id = b.id)"
    " SELECT MAX(steps) FROM below"
)

_LINKS = (
    "SELECT d.file_id, d.id, d.dataset_id, s.name, s.tenant_id, s.permission,"
    " d.create_time, d.update_time"
    " FROM document d JOIN dataset s ON s.id = d.dataset_id"
    " WHERE d.file_id IN ({marks}) ORDER BY s.create_time, d.id"
)

_ROOT = "SELECT create_time, update_time FROM tenant WHERE id = ?"


def marked(statement: str, values: Sequence[str]) -> str:
    """Return a statement with a mark for each of some values."""
    return statement.format(marks=", ".join("?" * len(values)))


def find(database: Database, file_id: str) -> FileRecord | None:
    """Return a file or folder, whosever it is."""
    found = Listing(database, TABLE, COLUMNS).where("id = ?", file_id).tuples()
    return FileRecord._make((*found[0], False)) if found else None


def root_times(database: Database, tenant_id: str) -> tuple[int, int]:
    """Return when a tenant was made and last changed."""
    found = rows(database, _ROOT, tenant_id)
    return (int(found[0][0]), int(found[0][1])) if found else (0, 0)


def content_of(database: Database, file_id: str) -> StoredFile | None:
    """Return what is stored of a file."""
    found = Listing(database, TABLE, StoredFile._fields).where("id = ?", file_id).tuples()
    return StoredFile._make(found[0]) if found else None


def page(
    database: Database, folder_id: str, wanted: FileFilter, part: Page
) -> tuple[list[FileRecord], int]:
    """Return some of what is in a folder, and how much that is in all."""
    listing = within(database, TABLE, COLUMNS, "parent_id", folder_id, wanted.keywords)
    if wanted.only_folders:
        listing.where("type = ?", FOLDER)
    in_turn = page_of_both if wanted.folders_first and not wanted.only_folders else page_of_all
    found = in_turn(listing, wanted, part)
    return [FileRecord._make((*row, False)) for row in found], listing.count()


def page_of_all(listing: Listing, _: FileFilter, part: Page) -> list[tuple[Any, ...]]:
    """Return the rows of a page, folders among files."""
    return page_rows(listing, part, "parent_id")


def page_of_both(listing: Listing, wanted: FileFilter, part: Page) -> list[tuple[Any, ...]]:
    """Return the rows of a page on which all folders come before all files."""
    folders, files = listing.having("type = ?", FOLDER), listing.having("type <> ?", FOLDER)
    if part.after and not is_folder(folders, wanted, part.after):
        return page_rows(files, part, "parent_id")
    found = page_rows(folders, part)
    skipped = max(0, part.offset - folders.count()) if part.offset else 0
    rest = replace(part, limit=part.limit - len(found), offset=skipped, after=None)
    return found + (page_rows(files, rest, "parent_id") if rest.limit else [])


def is_folder(folders: Listing, wanted: FileFilter, place: Place) -> bool:
    """Return whether a place is that of one of some folders."""
    known = wanted.after_folder or place.value is not None
    return wanted.after_folder if known else folders.value_of("id", place.id) is not None


def within(
    database: Database,
    table: str,
    columns: Sequence[str],
    belongs: str,
    owner: str,
    keywords: str,
) -> Listing:
    """Return the rows of a table that belong to something, and have these words in their names."""
    listing = Listing(database, table, columns).where(f"{belongs} = ?", owner)
    if keywords:
        pattern = containing(name_key(keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    return listing


def with_folders(database: Database, ids: Sequence[str]) -> set[str]:
    """Return those of some folders that have folders in them."""
    listing = Listing(database, TABLE, ("parent_id",)).where("type = ?", FOLDER)
    return {parent for (parent,) in listing.where_in("parent_id", ids).tuples()}


def links(database: Database, ids: Sequence[str]) -> list[Link]:
    """Return the documents that were made of some files."""
    found: list[Link] = []
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        found += map(Link._make, rows(database, marked(_LINKS, some), *some))
    return found


def above(database: Database, file_id: str) -> list[FileRecord]:
    """Return a file and the folders above it, up to the root, which is no row."""
    return [FileRecord._make((*row, False)) for row in rows(database, _ABOVE, file_id)]


def of_others(
    database: Database, tenant_id: str, clause: str, values: Sequence[object]
) -> list[FileRecord]:
    """Return the files and folders of others that a clause names, by name."""
    listing = Listing(database, TABLE, COLUMNS).where(clause, *values)
    found = listing.where("tenant_id <> ?", tenant_id).tuples("ORDER BY name, id LIMIT ?", MOST)
    return [FileRecord._make((*row, False)) for row in found]


def below(database: Database, ids: Sequence[str]) -> list[Stored]:
    """Return files and folders with all that is in them, the innermost first."""
    found: dict[str, Stored] = {}
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        for stored in map(Stored._make, rows(database, marked(_BELOW, some), *some)):
            if stored.id not in found or found[stored.id].level < stored.level:
                found[stored.id] = stored
    return sorted(found.values(), key=lambda stored: (-stored.level, stored.id))


def depth(database: Database, ids: Sequence[str]) -> int:
    """Return how many levels some files and folders have, they included."""
    return int(rows(database, marked(_DEPTH, ids), *ids)[0][0] or 0)


def child(database: Database, folder_id: str, name: str) -> FileRecord | None:
    """Return what has a name in a folder."""
    listing = Listing(database, TABLE, COLUMNS).where("parent_id = ?", folder_id)
    found = listing.where("name = ?", name).tuples()
    return FileRecord._make((*found[0], False)) if found else None


def of_tenant(
    database: Database, tenant_id: str, purposes: Sequence[str], cursor: Cursor
) -> Part[FileRecord]:
    """Return some of all files of a tenant, those for one of some purposes, or all for none."""
    listing = Listing(database, TABLE, COLUMNS)
    listing.where("tenant_id = ? AND type <> ?", tenant_id, FOLDER)
    listing = placed(listing, cursor)
    if purposes:
        listing.where_in("purpose", purposes)
    found, more = part_of(listing, cursor)
    return Part([FileRecord._make((*row, False)) for row in found], more)


def names_in(database: Database, folder_id: str) -> set[str]:
    """Return the names of all that is in a folder."""
    listing = Listing(database, TABLE, ("name",)).where("parent_id = ?", folder_id)
    return {name for (name,) in listing.tuples()}


def insert(file: FileRecord, storage_key: str = "", content_hash: str = "") -> None:
    """Write a file or folder, whose name is free."""
    FileEntry.create(
        name_key=name_key(file.name),
        storage_key=storage_key,
        content_hash=content_hash,
        **dict(zip(COLUMNS, file, strict=False)),
    )


def write(database: Database, file_id: str, folder_id: str, name: str) -> None:
    """Write a file into a folder under a name."""
    run(
        database,
        "UPDATE file_entry SET parent_id = ?, name = ?, name_key = ?, update_time = ? WHERE id = ?",
        folder_id,
        name,
        name_key(name),
        now_ms(),
        file_id,
    )


def write_content(
    database: Database, file_id: str, storage_key: str, content_hash: str, size: int
) -> None:
    """Write where the content of a file is from now on."""
    run(
        database,
        "UPDATE file_entry SET storage_key = ?, content_hash = ?, size = ?, update_time = ?"
        " WHERE id = ?",
        storage_key,
        content_hash,
        size,
        now_ms(),
        file_id,
    )


def remove(database: Database, ids: Sequence[str]) -> None:
    """Delete rows, with what is granted of them."""
    forget_things(database, Kind.FILE, ids)
    if ids:
        run(database, marked("DELETE FROM file_entry WHERE id IN ({marks})", ids), *ids)


def lock(ids: Sequence[str]) -> set[str]:
    """Within a transaction: return which files there are; none is made a document of meanwhile."""
    chosen = FileEntry.select(FileEntry.id).where(FileEntry.id.in_(ids))
    return {file_id for (file_id,) in locked_rows(chosen, FileEntry.id)}


def occupied(database: Database, ids: Sequence[str]) -> set[str]:
    """Return those of some files and folders of which there are documents, or that hold others."""
    parents = Listing(database, TABLE, ("parent_id",)).where_in("parent_id", ids).tuples()
    made = Listing(database, "document", ("file_id",)).where_in("file_id", ids).tuples()
    return {found for (found,) in (*parents, *made)}


def unlink(database: Database, document_ids: Sequence[str]) -> None:
    """Unlink documents from a file."""
    run(
        database,
        marked("UPDATE document SET file_id = '' WHERE id IN ({marks})", document_ids),
        *document_ids,
    )
