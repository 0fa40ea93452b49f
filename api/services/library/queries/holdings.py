"""Whose a dataset is, and what it holds: counters, and the length of its vectors."""

from collections.abc import Sequence
from typing import Any

from peewee import fn

from api.db.base import now_ms
from api.db.connection import Database
from api.db.models.account import Tenant
from api.db.models.dataset import Dataset
from api.db.models.file import FileEntry
from api.db.rows import locked_rows, tuple_rows
from api.db.sql import rows, run
from api.services.library.names import is_id
from api.services.library.records import DatasetHead, Holding

_HEAD = (
    "SELECT id, tenant_id, permission, embedding_model, dimensions, document_count"
    " FROM dataset WHERE id = ?"
)
_ADD_CHUNKS = (
    "UPDATE dataset SET chunk_count = chunk_count + ?, token_num = token_num + ?, update_time = ?"
    " WHERE id = ?"
)
_ADD_CHUNKS_AS_BEFORE = f"{_ADD_CHUNKS} AND embedding_model = ? AND dimensions = ?"


def head_of(database: Database, dataset_id: str) -> DatasetHead | None:
    """Return what access to a dataset goes by; None if there is no such dataset."""
    found = rows(database, _HEAD, dataset_id) if is_id(dataset_id) else []
    return DatasetHead._make(found[0]) if found else None


def add_documents(dataset_id: str, documents: int, size: int) -> bool:
    """Count documents in; `size` in bytes of files. False if the dataset is gone."""
    counted = Dataset.update(
        document_count=Dataset.document_count + documents,
        size=Dataset.size + size,
        update_time=now_ms(),
    )
    return bool(counted.where(Dataset.id == dataset_id).execute())


def remove_documents(dataset_id: str, gone: Sequence[Holding]) -> None:
    """Count documents out, with what they held."""
    Dataset.update(
        document_count=Dataset.document_count - len(gone),
        size=Dataset.size - sum(document.size for document in gone),
        chunk_count=Dataset.chunk_count - sum(document.chunk_count for document in gone),
        token_num=Dataset.token_num - sum(document.token_count for document in gone),
        update_time=now_ms(),
    ).where(Dataset.id == dataset_id).execute()


def add_alike(
    database: Database, dataset: DatasetHead, dimensions: int, chunks: int, tokens: int
) -> bool:
    """Count chunks in if the dataset has the model that it had, and vectors of so many dimensions.

    False if it has not; then nothing is counted.
    """
    place = (now_ms(), dataset.id, dataset.embedding_model, dimensions)
    return bool(run(database, _ADD_CHUNKS_AS_BEFORE, chunks, tokens, *place))


def add_chunks(database: Database, dataset_id: str, chunks: int, tokens: int) -> None:
    """Add to the counters of chunks, or take from them."""
    run(database, _ADD_CHUNKS, chunks, tokens, now_ms(), dataset_id)


def record_dimensions(dataset_id: str, dimensions: int) -> None:
    """Record the length of a dataset's vectors, unless it is known."""
    unknown = (Dataset.id == dataset_id) & (Dataset.dimensions == 0)
    Dataset.update(dimensions=dimensions).where(unknown).execute()


# Quotas.


def hold_tenant(tenant_id: str) -> None:
    """Within a transaction: lock a tenant until its end."""
    locked_rows(Tenant.select(Tenant.id).where(Tenant.id == tenant_id), Tenant.id)


def held_by_dataset(dataset_id: str) -> tuple[int, int, int]:
    """Return how many bytes of files, documents and chunks a dataset holds."""
    return _held(Dataset.id == dataset_id)


def held_by_tenant(tenant_id: str) -> tuple[int, int, int]:
    """Return how many bytes of files, documents and chunks a tenant holds.

    The files are those of its datasets and those beside them.
    """
    size, documents, chunks = _held(Dataset.tenant_id == tenant_id)
    own = FileEntry.select(fn.SUM(FileEntry.size)).where(FileEntry.tenant_id == tenant_id)
    ((beside,),) = tuple_rows(own)
    return size + int(beside or 0), documents, chunks


def _held(condition: Any) -> tuple[int, int, int]:
    columns = (Dataset.size, Dataset.document_count, Dataset.chunk_count)
    ((size, documents, chunks),) = tuple_rows(
        Dataset.select(*map(fn.SUM, columns)).where(condition)
    )
    return int(size or 0), int(documents or 0), int(chunks or 0)
