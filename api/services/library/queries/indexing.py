"""What the chunk store is told of documents and chunks, and what it has been told."""

from collections.abc import Sequence
from typing import Any

from peewee import fn

from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.models.states import RunState
from api.db.rows import delete_rows, tuple_rows
from api.services.library.queries.chunks import are_visible
from api.services.library.records import IndexedDataset, Visible, VisibleChunk
from rag.types import Chunk, DocumentFacts, Position

COLUMNS = (
    StoredChunk.id,
    StoredChunk.document_id,
    StoredChunk.dataset_id,
    StoredChunk.content,
    StoredChunk.ordinal,
    StoredChunk.important_keywords,
    StoredChunk.questions,
    StoredChunk.positions,
    StoredChunk.image_id,
    StoredChunk.available,
    StoredChunk.headings,
    StoredChunk.create_time,
    StoredChunk.update_time,
)
"""The columns of which `as_visible` makes a chunk."""


def visible(document_id: str, chunk_ids: Sequence[str]) -> Visible | None:
    """Return a document with those of the chunks that are visible; None if it is gone."""
    columns = (
        Document.id,
        Document.dataset_id,
        Document.name,
        Document.meta_fields,
        Document.enabled,
        Document.tenant_id,
        Dataset.embedding_model,
        Document.generation,
    )
    chosen = Document.select(*columns).join(Dataset, on=(Dataset.id == Document.dataset_id))
    found = tuple_rows(chosen.where(Document.id == document_id))
    if not found:
        return None
    *facts, tenant_id, model, generation = found[0]
    these = are_visible(document_id, generation) & StoredChunk.id.in_(list(chunk_ids))
    rows = tuple_rows(StoredChunk.select(*COLUMNS).where(these)) if chunk_ids else []
    chunks = {chunk.chunk.id: chunk for chunk in map(as_visible, rows)}
    return Visible(DocumentFacts(*facts), tenant_id, model, generation, chunks)


def as_visible(row: tuple[Any, ...]) -> VisibleChunk:
    """Return the chunk that a row of the columns in `COLUMNS` holds."""
    chunk_id, document_id, dataset_id, content, ordinal, *rest, created, version = row
    keywords, questions, positions, image_id, available, headings = rest
    chunk = Chunk(
        id=chunk_id,
        document_id=document_id,
        dataset_id=dataset_id,
        content=content,
        ordinal=ordinal,
        important_keywords=tuple(keywords),
        questions=tuple(questions),
        positions=tuple(Position(*position) for position in positions),
        image_id=image_id,
        available=bool(available),
        created_at=created,
        headings=tuple(headings),
    )
    return VisibleChunk(chunk, version)


def mark_indexed(document_id: str, generation: int, chunk_ids: Sequence[str]) -> None:
    """Record that the chunk store has these chunks, and forget those that it has forgotten."""
    these = (StoredChunk.document_id == document_id) & StoredChunk.id.in_(list(chunk_ids))
    visible = these & (StoredChunk.generation == generation)
    delete_rows(StoredChunk, visible & StoredChunk.deleted)
    delete_rows(StoredChunk, these & (StoredChunk.generation < generation))
    StoredChunk.update(indexed=True).where(visible).execute()


def mark_edit_indexed(
    document_id: str, generation: int, chunk_ids: Sequence[str], version: int
) -> set[str]:
    """Record that the chunk store has the edit `version` of chunks; return those that have it."""
    these = are_visible(document_id, generation) & StoredChunk.id.in_(list(chunk_ids))
    same = these & (StoredChunk.update_time == version)
    StoredChunk.update(indexed=True).where(same).execute()
    return {row[0] for row in tuple_rows(StoredChunk.select(StoredChunk.id).where(same))}


# What indexing a dataset anew asks for.


def datasets(dataset_id: str | None) -> list[IndexedDataset]:
    """Return the dataset with an id, or all."""
    columns = [getattr(Dataset, name) for name in IndexedDataset._fields]
    chosen = Dataset.select(*columns).order_by(Dataset.id)
    these = chosen.where(Dataset.id == dataset_id) if dataset_id else chosen
    return [IndexedDataset._make(row) for row in tuple_rows(these)]


def documents_after(dataset_id: str, last: str, limit: int) -> list[str]:
    """Return the ids of a dataset's next documents."""
    chosen = (
        Document.select(Document.id)
        .where(Document.dataset_id == dataset_id, Document.id > last)
        .order_by(Document.id)
        .limit(limit)
    )
    return [document_id for (document_id,) in tuple_rows(chosen)]


def visible_count(dataset_id: str) -> int:
    """Return how many visible chunks a dataset has."""
    published = (Document.id == StoredChunk.document_id) & (
        Document.generation == StoredChunk.generation
    )
    counted = (
        StoredChunk.select(fn.COUNT(StoredChunk.seq))
        .join(Document, on=published)
        .where(
            Document.dataset_id == dataset_id,
            StoredChunk.deleted == False,  # noqa: E712 - a column is compared, not a value
        )
    )
    return int(tuple_rows(counted)[0][0])


def set_dimensions(dataset_id: str, dimensions: int) -> None:
    """Record the length of a dataset's vectors."""
    Dataset.update(dimensions=dimensions).where(Dataset.id == dataset_id).execute()


def doubt_runs(dataset_id: str) -> None:
    """Mark runs under way to compare the chunk store with their chunks when published.

    Of those that have turned their documents already the origin tells, of others their chunks.
    """
    going_on = (Document.dataset_id == dataset_id) & (Document.run == RunState.RUNNING)
    visible = Document.select(Document.generation).where(Document.id == StoredChunk.document_id)
    staged = (StoredChunk.dataset_id == dataset_id) & (StoredChunk.generation > visible)
    Document.update(origin="").where(going_on).execute()
    StoredChunk.update(indexed=False).where(staged).execute()
