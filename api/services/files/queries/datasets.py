"""The statements about what stands for datasets and their documents among files."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.db.connection import Database
from api.db.listing import Listing
from api.db.sql import rows
from api.services.files.queries.entries import marked, within
from api.services.files.records import FOLDER, FileRecord, Link
from api.services.library.queries.paging import owner_of_documents, page_rows
from api.services.library.values import Page, Place

_DATASET = ("id", "tenant_id", "created_by", "name", "create_time", "update_time")
_DOCUMENT = (
    *("id", "tenant_id", "dataset_id", "created_by"),
    *("name", "type", "size", "create_time", "update_time"),
)

_LINKS = (
    "SELECT d.id, d.id, d.dataset_id, s.name, s.tenant_id, s.permission,"
    " d.create_time, d.update_time"
    " FROM document d JOIN dataset s ON s.id = d.dataset_id WHERE d.id IN ({marks})"
)


def any_of(database: Database, tenant_id: str) -> bool:
    """Return whether a tenant has any dataset."""
    listing = Listing(database, "dataset", ("id",)).where("tenant_id = ?", tenant_id)
    return bool(listing.tuples("LIMIT 1"))


def folder(database: Database, dataset_id: str, parent_id: str) -> FileRecord | None:
    """Return the folder that stands for a dataset, whosever it is."""
    found = Listing(database, "dataset", _DATASET).where("id = ?", dataset_id).tuples()
    return as_folder(found[0], parent_id) if found else None


def folders(
    database: Database, tenant_id: str, parent_id: str, keywords: str, part: Page
) -> tuple[list[FileRecord], int]:
    """Return some of the folders that stand for a tenant's datasets, and how many there are."""
    listing = within(database, "dataset", _DATASET, "tenant_id", tenant_id, keywords)
    if part.order not in _DATASET:  # all folders are of one size and type
        after = part.after and Place(part.after.id)
        part = replace(part, order="create_time", after=after)
    found = [as_folder(row, parent_id) for row in page_rows(listing, part)]
    return found, listing.count()


def as_folder(row: tuple[Any, ...], parent_id: str) -> FileRecord:
    """Return the folder that stands for the row of a dataset."""
    dataset_id, tenant_id, created_by, name, created, updated = row
    return FileRecord(
        dataset_id,
        tenant_id,
        parent_id,
        created_by,
        name,
        FOLDER,
        0,
        created,
        updated,
        of_dataset=True,
    )


def file(database: Database, document_id: str) -> FileRecord | None:
    """Return the file that stands for a document, whosever it is."""
    found = Listing(database, "document", _DOCUMENT).where("id = ?", document_id).tuples()
    return as_file(found[0]) if found else None


def as_file(row: tuple[Any, ...]) -> FileRecord:
    """Return the file that stands for the row of a document."""
    return FileRecord._make((*row, "", True))


def files(
    database: Database, dataset_id: str, keywords: str, part: Page
) -> tuple[list[FileRecord], int]:
    """Return some of the files that stand for a dataset's documents, and how many there are."""
    listing = within(database, "document", _DOCUMENT, "dataset_id", dataset_id, keywords)
    found = page_rows(listing, part, owner_of_documents(part))
    return [as_file(row) for row in found], listing.count()


def links(database: Database, document_ids: Sequence[str]) -> list[Link]:
    """Return documents as the links of the files that stand for them."""
    if not document_ids:
        return []
    found = rows(database, marked(_LINKS, document_ids), *document_ids)
    return [Link._make(row) for row in found]
