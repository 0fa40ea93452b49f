"""The statements about datasets as stores of files."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import orjson

from api.db.connection import Database
from api.db.cursors import Cursor, Part, part_of, placed
from api.db.listing import Listing
from api.db.models.batch import FileBatch
from api.db.sql import rows
from api.services.accounts.records import Principal
from api.services.library.names import is_id
from api.services.library.queries.datasets import visible
from api.services.library.records import DatasetRecord, DocumentRecord
from api.services.library.values import DatasetFilter
from api.services.stores.records import BatchRecord, RunCounts, StoreFiles
from api.services.stores.values import FilesWanted

_COUNTS = "SELECT dataset_id, run, COUNT(*) FROM document WHERE {where} GROUP BY dataset_id, run"
_BATCH = "SELECT id, dataset_id, document_ids, create_time FROM file_batch WHERE id = ?"


def datasets(database: Database, asker: Principal, cursor: Cursor) -> Part[DatasetRecord]:
    """Return some of the datasets that an asker may read."""
    listing = placed(visible(database, asker, DatasetFilter()), cursor)
    found, more = part_of(listing, cursor)
    return Part([DatasetRecord._make(row) for row in found], more)


def counts(database: Database, dataset_ids: Sequence[str]) -> Mapping[str, RunCounts]:
    """Return the states of the documents of datasets; those without any are absent."""
    if not dataset_ids:
        return {}
    where = f"dataset_id IN ({', '.join('?' * len(dataset_ids))})"
    by_dataset: dict[str, dict[str, int]] = defaultdict(dict)
    for dataset_id, run, count in rows(database, _COUNTS.format(where=where), *dataset_ids):
        by_dataset[dataset_id][run] = count
    return {dataset_id: RunCounts(states) for dataset_id, states in by_dataset.items()}


def documents(
    database: Database, dataset_id: str, wanted: FilesWanted, ids: Sequence[str], cursor: Cursor
) -> StoreFiles:
    """Return some of the documents of a dataset; `ids` are those of the batch, if one is asked."""
    listing = Listing(database, "document", DocumentRecord._fields)
    listing.where("dataset_id = ?", dataset_id)
    if wanted.batch_id:
        listing.where_in("id", ids)
    listing = placed(listing, cursor)
    if wanted.states:
        listing.where_in("run", wanted.states)
    found, more = part_of(listing, cursor)
    return Part([DocumentRecord._make(row) for row in found], more)


def document(database: Database, dataset_id: str, any_id: str) -> DocumentRecord | None:
    """Return the document of a dataset that has an id, or that was made of the file with it."""
    ids = [any_id] if is_id(any_id) else []
    return by_any_id(database, dataset_id, ids).get(any_id)


def by_any_id(database: Database, dataset_id: str, ids: Sequence[str]) -> dict[str, DocumentRecord]:
    """Return documents of a dataset by those of some ids that are theirs or their files'.

    Where several were made of one file it is the first.
    """
    found: dict[str, DocumentRecord] = {}
    for column in ("id", "file_id") if ids else ():
        listing = Listing(database, "document", DocumentRecord._fields)
        listing.where("dataset_id = ?", dataset_id).where_in(column, ids)
        for made in map(DocumentRecord._make, listing.tuples("ORDER BY create_time, id")):
            found.setdefault(made.id if column == "id" else made.file_id, made)
    return found


def batch(database: Database, batch_id: str) -> BatchRecord | None:
    """Return a batch, whosever it is."""
    if not is_id(batch_id):
        return None
    for found_id, dataset_id, ids, time in rows(database, _BATCH, batch_id):
        return BatchRecord(found_id, dataset_id, tuple(orjson.loads(ids)), time)
    return None


def insert_batch(made: BatchRecord) -> None:
    """Write a batch."""
    FileBatch.create(
        id=made.id,
        dataset_id=made.dataset_id,
        document_ids=list(made.document_ids),
        create_time=made.create_time,
        update_time=made.create_time,
    )


def batch_counts(database: Database, made: BatchRecord) -> RunCounts:
    """Return the states of the documents of a batch that are still there."""
    if not made.document_ids:
        return RunCounts()
    marks = ", ".join("?" * len(made.document_ids))
    where = f"dataset_id = ? AND id IN ({marks})"
    found = rows(database, _COUNTS.format(where=where), made.dataset_id, *made.document_ids)
    return RunCounts({run: count for _, run, count in found})
