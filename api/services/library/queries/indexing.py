"""What the chunk store is told of documents and chunks, and what it has been told."""

from collections.abc import Sequence
from typing import Any

import orjson

from api.db.connection import Database
from api.db.models.bin import BinnedDocument
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.models.states import RunState
from api.db.rows import tuple_rows
from api.db.sql import marks, rows, run
from api.services.library.parser_options import language_in, name_weight_in
from api.services.library.queries.chunks import are_visible
from api.services.library.records import ChunkState, IndexedDataset, Visible, VisibleChunk
from rag.types import Chunk, DocumentFacts, Position

_DOCUMENT = (
    "SELECT d.id, d.dataset_id, d.name, d.meta_fields, d.enabled, d.tenant_id, s.embedding_model,"
    " d.generation, d.parser_config FROM document d JOIN dataset s ON s.id = d.dataset_id"
    " WHERE d.id = ?"
)
_VISIBLE = (
    "SELECT id, document_id, dataset_id, content, ordinal, important_keywords, questions,"
    " positions, image_id, available, headings, create_time, update_time FROM chunk"
    " WHERE document_id = ? AND generation = ? AND NOT deleted AND id IN"
)
_STATES = (
    "SELECT seq, id, generation, update_time, deleted,"
    " (SELECT d.generation FROM document d WHERE d.id = ?) published FROM chunk"
    " WHERE COALESCE(document_id, '') = ? AND id IN"  # as `OF_DOCUMENT` says why
)

_GENERATION = "SELECT generation FROM document WHERE id = ?"
_FORGET = "DELETE FROM chunk WHERE seq IN"
_INDEXED = "UPDATE chunk SET indexed = TRUE WHERE seq IN"


def visible(database: Database, document_id: str, chunk_ids: Sequence[str]) -> Visible | None:
    """Return a document with those of the chunks that are visible; None if it is gone."""
    found = rows(database, _DOCUMENT, document_id)
    if not found:
        return None
    dataset_id, name, metadata, enabled, tenant_id, model, generation, config = found[0][1:]
    options = orjson.loads(config)
    facts = DocumentFacts(
        document_id,
        dataset_id,
        name,
        orjson.loads(metadata),
        bool(enabled),
        language_in(options),
        name_weight_in(options),
    )
    place = (document_id, generation)
    seen = (
        rows(database, f"{_VISIBLE} ({marks(chunk_ids)})", *place, *chunk_ids) if chunk_ids else ()
    )
    chunks = {chunk.chunk.id: chunk for chunk in map(as_visible, seen)}
    return Visible(facts, tenant_id, model, generation, chunks)


def as_visible(row: tuple[Any, ...]) -> VisibleChunk:
    """Return the chunk that a row of `_VISIBLE` holds."""
    chunk_id, document_id, dataset_id, content, ordinal, *rest, created, version = row
    keywords, questions, positions, image_id, available, headings = rest
    chunk = Chunk(
        id=chunk_id,
        document_id=document_id,
        dataset_id=dataset_id,
        content=content,
        ordinal=ordinal,
        important_keywords=tuple(orjson.loads(keywords)),
        questions=tuple(orjson.loads(questions)),
        positions=tuple(Position(*position) for position in orjson.loads(positions)),
        image_id=image_id,
        available=bool(available),
        created_at=created,
        headings=tuple(orjson.loads(headings)),
    )
    return VisibleChunk(chunk, version)


def mark_indexed(
    database: Database, document_id: str, chunk_ids: Sequence[str], seen: Visible
) -> bool:
    """Within a transaction: record that the chunk store has what was seen of these chunks.

    What it has forgotten by then is forgotten here, too. False if anybody has changed anything
    since: then nothing is recorded.
    """
    place = (document_id, document_id)
    states = rows(database, f"{_STATES} ({marks(chunk_ids)})", *place, *chunk_ids)
    found = list(map(ChunkState._make, states))
    if not found:  # nor is there a row that tells of the document
        same = rows(database, _GENERATION, document_id) == [(seen.generation,)]
        return same and not seen.chunks
    if any(row.published != seen.generation for row in found):
        return False
    current = [row for row in found if row.generation == seen.generation]
    if {row.id: row.update_time for row in current if not row.deleted} != seen.versions():
        return False
    older = [row.seq for row in found if row.generation < seen.generation]
    forgotten = [*older, *(row.seq for row in current if row.deleted)]
    if forgotten:
        run(database, f"{_FORGET} ({marks(forgotten)})", *forgotten)
    kept = [row.seq for row in current if not row.deleted]
    if kept:
        run(database, f"{_INDEXED} ({marks(kept)})", *kept)
    return True


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


def documents_after(dataset_id: str, last: str, limit: int) -> list[tuple[str, int]]:
    """Return the ids of a dataset's next documents, and how many chunks each has."""
    chosen = (
        Document.select(Document.id, Document.chunk_count)
        .where(Document.dataset_id == dataset_id, Document.id > last)
        .order_by(Document.id)
        .limit(limit)
    )
    return list(tuple_rows(chosen))


def known_documents(ids: Sequence[str]) -> set[str]:
    """Return which of these documents there are, in the bin as well."""
    tables = (Document, BinnedDocument)
    found = (tuple_rows(one.select(one.id).where(one.id.in_(list(ids)))) for one in tables)
    return {document_id for some in found for (document_id,) in some}


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
