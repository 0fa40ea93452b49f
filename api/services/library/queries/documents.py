"""Reading and writing the rows of documents."""

from collections.abc import Collection, Iterable, Sequence

import orjson
from peewee import IntegrityError, fn

from api.db import events
from api.db.base import now_ms
from api.db.connection import Database
from api.db.inserting import insert_rows
from api.db.listing import Listing
from api.db.models.document import Document, Task
from api.db.models.file import FileEntry
from api.db.models.states import TaskState
from api.db.rows import delete_rows, locked_rows, tuple_rows
from api.errors import TakenError
from api.services.library.names import is_id, name_key
from api.services.library.records import DocumentRecord, DocumentState, Holding, StoredFile
from api.things import Kind
from rag.types import MetaValue

_STATE = tuple(getattr(Document, name) for name in DocumentState._fields)
_HOLDING = tuple(getattr(Document, name) for name in Holding._fields)


def shown(database: Database, dataset_id: str, document_id: str) -> DocumentRecord | None:
    """Return a document of a dataset as it is shown; None if there is no such document."""
    if not is_id(document_id):
        return None
    listing = Listing(database, "document", DocumentRecord._fields)
    listing.where("dataset_id = ?", dataset_id).where("id = ?", document_id)
    found = list(map(DocumentRecord._make, listing.tuples()))
    return found[0] if found else None


def anywhere(database: Database, document_id: str) -> DocumentRecord | None:
    """Return a document, whatever dataset it is in; None if there is no such document."""
    if not is_id(document_id):
        return None
    listing = Listing(database, "document", DocumentRecord._fields).where("id = ?", document_id)
    found = list(map(DocumentRecord._make, listing.tuples()))
    return found[0] if found else None


def some_anywhere(database: Database, ids: Sequence[str]) -> list[DocumentRecord]:
    """Return those documents that there are, whatever datasets they are in."""
    listing = Listing(database, "document", DocumentRecord._fields).where_in("id", ids)
    return list(map(DocumentRecord._make, listing.tuples("ORDER BY id")))


def file_of(database: Database, dataset_id: str, document_id: str) -> StoredFile | None:
    """Return a document's file; None if there is no such document."""
    if not is_id(document_id):
        return None
    listing = Listing(database, "document", StoredFile._fields)
    listing.where("dataset_id = ?", dataset_id).where("id = ?", document_id)
    found = list(map(StoredFile._make, listing.tuples()))
    return found[0] if found else None


def lock(dataset_id: str, document_id: str) -> DocumentState | None:
    """Within a transaction: return a document, which nobody else changes until its end."""
    if not is_id(document_id):
        return None
    this = (Document.id == document_id) & (Document.dataset_id == dataset_id)
    Document.update(update_time=now_ms()).where(this).execute()
    found = tuple_rows(Document.select(*_STATE).where(this))
    return DocumentState._make(found[0]) if found else None


def lock_metadata(dataset_id: str, ids: Sequence[str]) -> dict[str, dict[str, MetaValue]]:
    """Within a transaction: return the metadata of documents by id, locked."""
    these = (Document.dataset_id == dataset_id) & Document.id.in_(list(ids))
    return dict(
        locked_rows(Document.select(Document.id, Document.meta_fields).where(these), Document.id)
    )


def change(document_id: str, columns: dict[str, object]) -> None:
    """Write columns of a document; raises TakenError."""
    try:
        Document.update(**columns).where(Document.id == document_id).execute()
        events.note([document_id])
    except IntegrityError as error:
        raise TakenError(Kind.DOCUMENT, str(columns.get("name"))) from error


def set_counts(document_id: str, chunks: int, tokens: int) -> None:
    """Record how many chunks and tokens a document has."""
    counted = Document.update(chunk_count=chunks, token_count=tokens)
    counted.where(Document.id == document_id).execute()
    events.note([document_id])


def some_ids(dataset_id: str, limit: int) -> list[str]:
    """Return the ids of some documents of a dataset."""
    chosen = Document.select(Document.id).where(Document.dataset_id == dataset_id)
    return [document_id for (document_id,) in tuple_rows(chosen.limit(limit))]


def lock_holdings(dataset_id: str, ids: Sequence[str]) -> list[Holding]:
    """Within a transaction: return those documents of a dataset that there are, locked."""
    these = (Document.dataset_id == dataset_id) & Document.id.in_(ids)
    chosen = Document.select(*_HOLDING).where(these)
    return [Holding._make(row) for row in locked_rows(chosen, Document.id)]


def running(ids: Collection[str]) -> set[str]:
    """Return those of the documents that a worker is busy with."""
    busy = Task.document_id.in_(list(ids)) & (Task.state == TaskState.RUNNING)
    chosen = Task.select(fn.DISTINCT(Task.document_id)).where(busy)
    return {document_id for (document_id,) in tuple_rows(chosen)}


def remove(ids: Collection[str]) -> None:
    """Delete the rows of documents and of their tasks."""
    events.note(ids, gone=True)
    delete_rows(Document, Document.id.in_(list(ids)))
    delete_rows(Task, Task.document_id.in_(list(ids)))


def existing(ids: Sequence[str]) -> list[str]:
    """Return those of some ids that documents have, whosever they are."""
    chosen = Document.select(Document.id).where(Document.id.in_(ids))
    return [document_id for (document_id,) in tuple_rows(chosen)] if ids else []


def missing_files(ids: Sequence[str]) -> list[str]:
    """Within a transaction: return which files are gone; the others stay until its end."""
    if not ids:
        return []
    chosen = FileEntry.select(FileEntry.id).where(FileEntry.id.in_(ids))
    there = {file_id for (file_id,) in locked_rows(chosen, FileEntry.id)}
    return [file_id for file_id in dict.fromkeys(ids) if file_id not in there]


def taken_names(dataset_id: str, names: Sequence[str]) -> set[str]:
    """Return those of some names that documents of a dataset have."""
    here = Document.dataset_id == dataset_id
    chosen = Document.select(Document.name).where(here, Document.name.in_(names))
    return {name for (name,) in tuple_rows(chosen)}


def all_names(dataset_id: str) -> set[str]:
    """Return the names of all documents of a dataset."""
    chosen = Document.select(Document.name).where(Document.dataset_id == dataset_id)
    return {name for (name,) in tuple_rows(chosen)}


def insert(tenant_id: str, documents: Iterable[tuple[DocumentRecord, str]]) -> None:
    """Write new documents, each with the key of its file; raises TakenError."""
    rows = [new_row(tenant_id, record, storage_key) for record, storage_key in documents]
    # Uploads of the same names write them in the same order, so none waits for another.
    rows.sort(key=lambda row: str(row["name"]))
    try:
        insert_rows(Document, rows)
        events.note([str(row["id"]) for row in rows])
    except IntegrityError as error:
        raise TakenError(Kind.DOCUMENT, "") from error


def new_row(tenant_id: str, record: DocumentRecord, storage_key: str) -> dict[str, object]:
    """Return the row of a new document."""
    return record._asdict() | {
        "tenant_id": tenant_id,
        "name_key": name_key(record.name),
        "storage_key": storage_key,
        "parser_config": orjson.Fragment(record.parser_config),
        "meta_fields": orjson.Fragment(record.meta_fields),
    }
