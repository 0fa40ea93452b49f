"""Statements of the bin: rows of documents that wait there until they are removed for good."""

from collections.abc import Mapping, Sequence
from typing import cast

import orjson
from peewee import fn

from api.db import events
from api.db.connection import Database
from api.db.inserting import insert_rows
from api.db.listing import Listing
from api.db.models.bin import BinnedDocument
from api.db.models.document import Document, StoredChunk
from api.db.rows import delete_rows, locked_rows, tuple_rows
from api.db.sql import rows
from api.services.library.bin_records import BinnedRow, Deletion, KeptDocument

JSON_COLUMNS = ("parser_config", "meta_fields")
BOOLEANS = ("enabled",)

_COLUMNS = tuple(Document._meta.sorted_field_names)  # noqa: SLF001 - peewee's way to tell them
_ROW = tuple(getattr(BinnedDocument, name) for name in BinnedRow._fields)
_DELETIONS = (
    "SELECT deletion, MAX(until), COUNT(*) FROM binned_document WHERE dataset_id = ? AND until > ?"
    " GROUP BY deletion ORDER BY MAX(until) DESC LIMIT ?"
)


def documents(database: Database, dataset_id: str, ids: Sequence[str]) -> list[KeptDocument]:
    """Return the whole rows of some documents of a dataset, JSON as texts."""
    listing = Listing(database, "document", _COLUMNS).where("dataset_id = ?", dataset_id)
    found = listing.where_in("id", ids).tuples()
    return [cast("KeptDocument", dict(zip(_COLUMNS, row, strict=True))) for row in found]


def put(deletion: str, until: int, kept: Sequence[tuple[KeptDocument, str]]) -> None:
    """Write documents into the bin, each with the note of its removal."""
    values = [
        {
            "id": row["id"],
            "dataset_id": row["dataset_id"],
            "deletion": deletion,
            "until": until,
            "cleanup_id": cleanup_id,
            "chunk_count": row["chunk_count"],
            "document": orjson.dumps(row).decode(),
        }
        for row, cleanup_id in kept
    ]
    insert_rows(BinnedDocument, values)


def lock(dataset_id: str, deletion: str, after: int, limit: int) -> list[BinnedRow]:
    """Within a transaction: return some documents of a deletion that stay beyond a time, locked."""
    these = (BinnedDocument.dataset_id == dataset_id) & (BinnedDocument.deletion == deletion)
    chosen = BinnedDocument.select(*_ROW).where(these, BinnedDocument.until > after).limit(limit)
    return [BinnedRow._make(row) for row in locked_rows(chosen, BinnedDocument.id)]


def document_of(document_id: str) -> KeptDocument | None:
    """Return the row of a document in the bin; None if it is not there."""
    chosen = BinnedDocument.select(BinnedDocument.document)
    found = tuple_rows(chosen.where(BinnedDocument.id == document_id))
    return read(found[0][0]) if found else None


def read(document: str) -> KeptDocument:
    """Return the row of a document that the bin has kept."""
    kept: KeptDocument = orjson.loads(document)
    return kept


def remove(ids: Sequence[str]) -> None:
    """Take documents out of the bin."""
    delete_rows(BinnedDocument, BinnedDocument.id.in_(list(ids)))


def bring_back(found: Sequence[KeptDocument]) -> None:
    """Write the rows of documents again, as `documents` has them."""
    insert_rows(Document, [as_written(row) for row in found])
    events.note([str(row["id"]) for row in found])


def as_written(row: KeptDocument) -> Mapping[str, object]:
    """Return a row of a document with its JSON and its truths as they are written."""
    written: dict[str, object] = {**row}
    for name in JSON_COLUMNS:
        written[name] = orjson.Fragment(str(written[name]))
    for name in BOOLEANS:
        written[name] = bool(written[name])
    return written


def deletions(database: Database, dataset_id: str, now: int, limit: int) -> list[Deletion]:
    """Return what was deleted of a dataset and can be taken back, the newest first."""
    return [Deletion._make(row) for row in rows(database, _DELETIONS, dataset_id, now, limit)]


def chunks_in(dataset_id: str) -> int:
    """Return how many chunks documents of a dataset have that are in the bin."""
    chosen = BinnedDocument.select(fn.SUM(BinnedDocument.chunk_count))
    ((chunks,),) = tuple_rows(chosen.where(BinnedDocument.dataset_id == dataset_id))
    return int(chunks or 0)


def index_again(ids: Sequence[str]) -> None:
    """Note that the chunk store may not have the chunks of some documents."""
    these = StoredChunk.document_id.in_(list(ids))
    StoredChunk.update(indexed=False).where(these).execute()
