"""What edits of chunks do to rows, within a transaction that has locked the document."""

from collections.abc import Mapping, Sequence
from typing import Any

import xxhash
from peewee import Case, fn

from api.db.base import new_id, now_ms
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk
from api.db.models.states import ChunkSource
from api.db.rows import delete_rows, dict_rows, first_row, tuple_rows
from api.errors import ConflictError, NotFoundError
from api.services.library.chunk_index import are_visible, batches

Row = Mapping[str, Any]

CARRIED_AT_ONCE = 500

ADDED_SHIFT = 44
"""By this the number of the next run is shifted to get the place of the first chunk added before.

Chunks that a run makes lie below that of its first part shifted by 32, as long as it has not more
than 4,096 parts.
"""


def locked(dataset_id: str, document_id: str) -> dict[str, Any]:
    """Return a document's row, which nobody else changes until the transaction ends.

    Its chunks are about to be edited: they are not those of its file any more.
    """
    this = (Document.id == document_id) & (Document.dataset_id == dataset_id)
    Document.update(update_time=now_ms(), origin="").where(this).execute()
    columns = (Document.id, Document.generation, Document.next_generation)
    row = first_row(Document.select(*columns).where(this))
    if row is None:
        raise NotFoundError(f"You don't own the document {document_id}.")
    return row


def chosen(document: Row, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Return what an edit needs to know of a locked document's visible chunks."""
    columns = (
        StoredChunk.seq,
        StoredChunk.id,
        StoredChunk.token_count,
        StoredChunk.update_time,
    )
    these = are_visible(document) & StoredChunk.id.in_(list(ids))
    return dict_rows(StoredChunk.select(*columns).where(these)) if ids else []


def edit(rows: Sequence[Row], **values: object) -> int:
    """Write columns of chunks; return the time of the edit, later than that of any before.

    Those that were parsed are edited ones from now on.
    """
    version: int = max([now_ms(), *(row["update_time"] + 1 for row in rows)])
    these = StoredChunk.seq.in_([row["seq"] for row in rows])
    source = Case(
        None, [(StoredChunk.source == ChunkSource.ADDED, ChunkSource.ADDED)], ChunkSource.EDITED
    )
    written = {"indexed": False, "update_time": version, "source": source, **values}
    StoredChunk.update(written).where(these).execute()
    return version


def count(dataset_id: str, document_id: str, *, chunks: int, tokens: int) -> None:
    """Add to the counters of a locked document and of its dataset."""
    Document.update(
        chunk_count=Document.chunk_count + chunks, token_count=Document.token_count + tokens
    ).where(Document.id == document_id).execute()
    Dataset.update(
        chunk_count=Dataset.chunk_count + chunks,
        token_num=Dataset.token_num + tokens,
        update_time=now_ms(),
    ).where(Dataset.id == dataset_id).execute()


def note_vectors(dataset: Row, dimensions: int) -> None:
    """Note the length of a dataset's vectors; raises ConflictError if its model has changed."""
    now = first_row(
        Dataset.select(Dataset.embedding_model, Dataset.dimensions).where(
            Dataset.id == dataset["id"]
        )
    )
    if now is None or now["embedding_model"] != dataset["embedding_model"]:
        raise ConflictError("The dataset has just been changed: try again.")
    check_dimensions(now, dimensions)
    if not now["dimensions"]:
        Dataset.update(dimensions=dimensions).where(Dataset.id == dataset["id"]).execute()


def check_dimensions(dataset: Row, dimensions: int) -> None:
    """Refuse a vector of another length than those of the dataset."""
    if dataset["dimensions"] not in {0, dimensions}:
        raise ConflictError(
            f"Model {dataset['embedding_model']} gives vectors of {dimensions} dimensions,"
            f" but the dataset holds {dataset['dimensions']}."
        )


def free_id(document: Row, content: str) -> str:
    """Return the id of a new chunk: the contract's, or another when content is repeated."""
    base = content + document["id"]
    chunk_id = xxhash.xxh64_hexdigest(base.encode())
    same = (StoredChunk.document_id == document["id"]) & (StoredChunk.id == chunk_id)
    if tuple_rows(StoredChunk.select(StoredChunk.id).where(same).limit(1)):
        chunk_id = xxhash.xxh64_hexdigest(f"{base}\0{new_id()}".encode())
    return chunk_id


def next_ordinal(document: Row) -> int:
    """Return the place behind all chunks of a document, and behind those of the next run."""
    these = (StoredChunk.document_id == document["id"]) & (
        StoredChunk.generation == document["generation"]
    )
    highest = tuple_rows(StoredChunk.select(fn.MAX(StoredChunk.ordinal)).where(these))[0][0]
    first: int = (document["next_generation"] + 1) << ADDED_SHIFT
    return first if highest is None else max(first, int(highest) + 1)


def counts(condition: Any) -> tuple[int, int]:
    """Return how many chunks there are and how many tokens they have."""
    ((count, tokens),) = tuple_rows(
        StoredChunk.select(fn.COUNT(StoredChunk.seq), fn.SUM(StoredChunk.token_count)).where(
            condition
        )
    )
    return int(count), int(tokens or 0)


def carry_over(document_id: str, old: int, new: int, discard_before: int) -> int:
    """Let chunks that people have added or edited stay in a new generation; return how many.

    One that the run has made, too, takes the place of that one: an edited chunk keeps the id of
    what it was. Edits up to the time `discard_before` are left behind.
    """
    kept = [
        row
        for row in made_by_people(document_id, old)
        if row["source"] == ChunkSource.ADDED or row["update_time"] > discard_before
    ]
    for batch in batches(kept, CARRIED_AT_ONCE):
        carry_some(document_id, new, batch)
    return len(kept)


def made_by_people(document_id: str, generation: int) -> list[dict[str, Any]]:
    """Return what carrying over needs to know of chunks that were added or edited."""
    columns = (StoredChunk.seq, StoredChunk.id, StoredChunk.source, StoredChunk.update_time)
    these = are_visible({"id": document_id, "generation": generation})
    return dict_rows(
        StoredChunk.select(*columns).where(these, StoredChunk.source != ChunkSource.PARSED)
    )


def carry_some(document_id: str, generation: int, kept: Sequence[Row]) -> None:
    """Move chunks to a generation, in place of those that it has with the same ids."""
    same = are_visible({"id": document_id, "generation": generation}) & StoredChunk.id.in_(
        [row["id"] for row in kept]
    )
    places: dict[str, int] = dict(
        tuple_rows(StoredChunk.select(StoredChunk.id, StoredChunk.ordinal).where(same))
    )
    delete_rows(StoredChunk, same)
    moved = StoredChunk.seq.in_([row["seq"] for row in kept])
    StoredChunk.update(generation=generation).where(moved).execute()
    for row in kept:
        if row["id"] in places:
            this = StoredChunk.seq == row["seq"]
            StoredChunk.update(ordinal=places[row["id"]]).where(this).execute()
