"""Lists of a dataset's documents, with all their filters."""

from typing import Any

import orjson
from peewee import Database

from api.db.listing import LIKE_ESCAPE, Listing, containing, ordered
from api.errors import NotFoundError
from api.schemas.sdk.document import DocumentQuery
from api.services.library.names import is_id, name_key
from api.services.library.presenting import DOCUMENT_COLUMNS, document_object
from rag.engines.base import MetadataCondition
from rag.engines.conditions import matches

META_COLUMNS = ("id", "meta_fields")


def list_documents(
    database: Database, tenant_id: str, dataset_id: str, query: DocumentQuery
) -> dict[str, Any]:
    """Return a page of documents and how many there are in all.

    Raises NotFoundError for the dataset, and for an id or name that no document of it has.
    """
    check_visible(database, tenant_id, dataset_id, query)
    condition = query.condition()
    limit, offset = query.page_size, query.offset
    listing = filtered(database, DOCUMENT_COLUMNS, dataset_id, query)
    if condition is None:
        rows = listing.page(query.orderby, desc=query.desc, limit=limit, offset=offset)
        total = listing.total(rows, limit=limit, offset=offset)
    else:
        ids = matching_ids(filtered(database, META_COLUMNS, dataset_id, query), query, condition)
        total, ids = len(ids), ids[offset : offset + limit]
        found = {row["id"]: row for row in listing.where_in("id", ids).rows()}
        rows = [found[document_id] for document_id in ids if document_id in found]
    return {"total": total, "docs": [document_object(row) for row in rows]}


def check_visible(
    database: Database, tenant_id: str, dataset_id: str, query: DocumentQuery
) -> None:
    """Raise NotFoundError unless the tenant has the dataset, and the dataset what is asked for."""
    dataset = Listing(database, "dataset", ("id",)).where("tenant_id = ?", tenant_id)
    if not is_id(dataset_id) or not dataset.where("id = ?", dataset_id).rows():
        raise NotFoundError(f"You don't own the dataset {dataset_id}. ")
    for column, value in (("id", query.id), ("name", query.name)):
        document = Listing(database, "document", ("id",)).where("dataset_id = ?", dataset_id)
        if value and ("\0" in value or not document.where(f"{column} = ?", value).rows("LIMIT 1")):
            raise NotFoundError(f"You don't own the document {value}.")


def filtered(
    database: Database, columns: tuple[str, ...], dataset_id: str, query: DocumentQuery
) -> Listing:
    """Return the documents that pass all filters but that of metadata."""
    listing = Listing(database, "document", columns).where("dataset_id = ?", dataset_id)
    for clause, value in (
        ("id = ?", query.id),
        ("name = ?", query.name),
        ("create_time >= ?", query.create_time_from),
        ("create_time <= ?", query.create_time_to),
    ):
        if value:
            listing.where(clause, value)
    if query.keywords.strip():
        pattern = containing(name_key(query.keywords.strip()))
        listing.where(f"name_key LIKE ? ESCAPE '{LIKE_ESCAPE}'", pattern)
    if query.suffix:
        listing.where_in("suffix", [suffix.removeprefix(".").lower() for suffix in query.suffix])
    if query.run:
        listing.where_in("run", query.run)
    return listing


def matching_ids(listing: Listing, query: DocumentQuery, condition: MetadataCondition) -> list[str]:
    """Return the ids of the documents whose metadata meet a condition, in the order asked for."""
    rows = listing.rows(ordered(query.orderby, desc=query.desc))
    return [row["id"] for row in rows if matches(condition, orjson.loads(row["meta_fields"]))]
