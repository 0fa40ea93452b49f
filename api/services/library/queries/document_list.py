"""Lists of a dataset's documents."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import orjson

from api.db.connection import Database
from api.db.listing import LIKE_ESCAPE, Listing, containing, lean, ordered
from api.db.sql import rows
from api.services.library.change_records import KnownContent
from api.services.library.names import name_key
from api.services.library.queries.paging import behind, owner_of_documents, page_rows, total
from api.services.library.records import (
    DatasetHead,
    DocumentRecord,
)
from api.services.library.values import DocumentFilter, Page, Place
from rag.engines.conditions import matches
from rag.types import MetaValue

METADATA_SQL = (
    "SELECT meta_fields, COUNT(*) FROM document WHERE dataset_id = ? GROUP BY meta_fields"
    " ORDER BY MIN(id)"
)

AT_THE_TOP = (
    "(directory_id = '' OR directory_id NOT IN"
    " (SELECT id FROM dataset_directory WHERE dataset_id = ?))"
)
"""What is in no directory, or in one that is gone."""


def page(
    database: Database, dataset: DatasetHead, wanted: DocumentFilter, part: Page
) -> tuple[int, list[DocumentRecord]]:
    """Return how many documents pass the filters but that of metadata, and a page of them."""
    columns = lean(DocumentRecord._fields, part.without)
    listing = filtered(database, columns, dataset.id, wanted)
    shown = page_rows(listing, part, owner_of_documents(part))
    unfiltered = len(listing.clauses) == 1
    known = dataset.document_count if unfiltered else None
    return total(listing, shown, part, known), list(map(DocumentRecord._make, shown))


def ids(database: Database, dataset_id: str, wanted: DocumentFilter) -> list[str]:
    """Return the ids of all documents that pass all filters, the oldest first."""
    listing = filtered(database, ("id", "meta_fields"), dataset_id, wanted)
    if wanted.condition is None:
        listing.columns = ("id", "''")
    found = listing.tuples(ordered("create_time", desc=False))
    return [
        document_id
        for document_id, fields in found
        if wanted.condition is None or matches(wanted.condition, orjson.loads(fields))
    ]


def metadata(
    database: Database, dataset_id: str, wanted: DocumentFilter, part: Page
) -> list[tuple[str, Mapping[str, MetaValue]]]:
    """Return id and metadata of all documents that pass the other filters, in order."""
    listing = filtered(database, ("id", "meta_fields"), dataset_id, wanted)
    found = listing.tuples(ordered(part.order, desc=part.descending))
    return [(document_id, orjson.loads(fields)) for document_id, fields in found]


def metadata_counts(
    database: Database, dataset_id: str
) -> Iterator[tuple[Mapping[str, MetaValue], int]]:
    """Yield the different metadata of a dataset's documents, with how many have each."""
    for fields, many in rows(database, METADATA_SQL, dataset_id):
        yield orjson.loads(fields), many


def ids_behind(
    database: Database, dataset_id: str, wanted: DocumentFilter, part: Page, place: Place
) -> set[str]:
    """Return the ids of the documents that pass the other filters and come after a place."""
    listing = filtered(database, ("id",), dataset_id, wanted)
    return {document_id for (document_id,) in behind(listing, part, place).tuples()}


def some(
    database: Database, dataset_id: str, ids: Sequence[str], without: Collection[str] = ()
) -> list[DocumentRecord]:
    """Return those documents of a dataset that there are, in the order of the ids."""
    listing = Listing(database, "document", lean(DocumentRecord._fields, without))
    listing.where("dataset_id = ?", dataset_id).where_in("id", ids)
    found = {
        document.id: document for document in list(map(DocumentRecord._make, listing.tuples()))
    }
    return [found[document_id] for document_id in ids if document_id in found]


def following(
    database: Database, dataset_ids: Sequence[str], after: str, limit: int
) -> list[DocumentRecord]:
    """Return the documents of some datasets that follow an id, by id."""
    listing = Listing(database, "document", DocumentRecord._fields)
    listing.where("id > ?", after).where_in("dataset_id", dataset_ids)
    found = listing.tuples(f"ORDER BY id LIMIT {int(limit)}")
    return list(map(DocumentRecord._make, found))


def with_hashes(database: Database, dataset_id: str, hashes: Sequence[str]) -> list[KnownContent]:
    """Return the documents of a dataset whose files have one of the hashes, the oldest first."""
    listing = Listing(database, "document", KnownContent._fields)
    listing.where("dataset_id = ?", dataset_id).where_in("content_hash", hashes)
    return list(map(KnownContent._make, listing.tuples("ORDER BY create_time, id")))


def has_id(database: Database, dataset_id: str, document_id: str) -> bool:
    """Return whether a dataset has a document with this id."""
    return _has(database, dataset_id, "id", document_id)


def has_name(database: Database, dataset_id: str, name: str) -> bool:
    """Return whether a dataset has a document with this name."""
    return _has(database, dataset_id, "name", name)


def _has(database: Database, dataset_id: str, column: str, value: str) -> bool:
    if "\0" in value:
        return False
    listing = Listing(database, "document", ("id",)).where("dataset_id = ?", dataset_id)
    return bool(listing.where(f"{column} = ?", value).tuples("LIMIT 1"))


def filtered(
    database: Database, columns: Sequence[str], dataset_id: str, wanted: DocumentFilter
) -> Listing:
    """Return the documents that pass all filters but that of metadata."""
    listing = Listing(database, "document", columns).where("dataset_id = ?", dataset_id)
    for clause, value in (
        ("id = ?", wanted.id),
        ("name = ?", wanted.name),
        ("create_time >= ?", wanted.created_from),
        ("create_time <= ?", wanted.created_to),
    ):
        if value:
            listing.where(clause, value)
    if wanted.keywords:
        pattern = containing(name_key(wanted.keywords))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    for column, values in (
        ("id", wanted.ids),
        ("suffix", wanted.suffixes),
        ("type", wanted.types),
        ("run", wanted.runs),
    ):
        if values:
            listing.where_in(column, values)
    if wanted.begun:
        listing.where("process_begin_at > 0")
    if wanted.directory_id is not None:
        clause = "directory_id = ?" if wanted.directory_id else AT_THE_TOP
        listing.where(clause, wanted.directory_id or dataset_id)
    return listing


def counts(
    database: Database, column: str, dataset_id: str, wanted: DocumentFilter
) -> dict[str, int]:
    """Return how many of the documents that pass the filters have each value of a column."""
    listing = filtered(database, (column, "COUNT(*)"), dataset_id, wanted)
    return dict(listing.tuples(f"GROUP BY {column} ORDER BY {column}"))


def metadata_following(
    database: Database, dataset_ids: Sequence[str], after: str, limit: int
) -> list[tuple[str, str]]:
    """Return id and metadata, as JSON, of the documents of some datasets that follow an id."""
    listing = Listing(database, "document", ("id", "meta_fields"))
    listing.where("id > ?", after).where_in("dataset_id", dataset_ids)
    found = listing.tuples(f"ORDER BY id LIMIT {int(limit)}")
    return [(document_id, fields) for document_id, fields in found]
