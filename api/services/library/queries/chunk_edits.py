"""What edits of chunks do to rows, within a transaction that has locked the document."""

import time
from collections.abc import Sequence

import xxhash
from peewee import Case

from api.db import events
from api.db.base import new_id, now_ms
from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.document import StoredChunk
from api.db.models.states import ChunkSource
from api.db.rows import delete_rows, tuple_rows
from api.db.sql import marks, rows, run
from api.services.library.queries.chunks import OF_DOCUMENT, are_visible
from api.services.library.records import ChunkRecord, KeptChunk, LockedChunk, LockedDocument

CARRIED_AT_ONCE = 500

INSERTED_AT_ONCE = 250

ADDED_SHIFT = 44
"""By this the number of the next run is shifted to get the place of the first chunk added before.

Chunks that a run makes lie below that of its first part shifted by 32, as long as it has not more
than 4,096 parts.
"""

_LOCK = "UPDATE document SET update_time = ? WHERE id = ? AND dataset_id = ?"
_LOCKED = (
    "SELECT origin, id, dataset_id, generation, next_generation FROM document"
    " WHERE id = ? AND dataset_id = ?"
)
_EDITED = "UPDATE document SET origin = '' WHERE id = ?"
_COUNT = (
    "UPDATE document SET chunk_count = chunk_count + ?, token_count = token_count + ? WHERE id = ?"
)
_HIGHEST = "SELECT MAX(ordinal) FROM chunk WHERE document_id = ? AND generation = ?"
_BESIDE = ("dataset_id", "document_id", "generation", "ordinal", "token_count", "update_time")
_NEW = (*ChunkRecord._fields, *_BESIDE)
_INSERT_MANY = f"INSERT INTO chunk ({', '.join(_NEW)}, indexed, deleted) VALUES"
_INSERT = f"{_INSERT_MANY} ({marks(_NEW)}, FALSE, FALSE)"


def lock(database: Database, dataset_id: str, document_id: str) -> LockedDocument | None:
    """Return a document, which nobody else changes until the transaction ends.

    Its chunks are about to be edited: they are not those of its file any more.
    """
    if not run(database, _LOCK, now_ms(), document_id, dataset_id):
        return None
    [(origin, *document)] = rows(database, _LOCKED, document_id, dataset_id)
    if origin:  # written in vain it would be put into its index anew
        run(database, _EDITED, document_id)
    return LockedDocument._make(document)


def chosen(document: LockedDocument, ids: Sequence[str]) -> list[LockedChunk]:
    """Return what an edit needs to know of a locked document's visible chunks."""
    if not ids:
        return []
    columns = [getattr(StoredChunk, name) for name in LockedChunk._fields]
    these = are_visible(document.id, document.generation) & StoredChunk.id.in_(list(ids))
    return [LockedChunk._make(row) for row in tuple_rows(StoredChunk.select(*columns).where(these))]


def edit(chunks: Sequence[LockedChunk], **values: object) -> int:
    """Write columns of chunks; return the time of the edit, later than that of any before.

    Those that were parsed are edited ones from now on.
    """
    version = max([now_ms(), *(chunk.update_time + 1 for chunk in chunks)])
    these = StoredChunk.seq.in_([chunk.seq for chunk in chunks])
    source = Case(
        None, [(StoredChunk.source == ChunkSource.ADDED, ChunkSource.ADDED)], ChunkSource.EDITED
    )
    written = {"indexed": False, "update_time": version, "source": source, **values}
    StoredChunk.update(written).where(these).execute()
    return version


def insert(
    database: Database,
    document: LockedDocument,
    chunk: ChunkRecord,
    token_count: int,
    ordinal: int | None = None,
) -> None:
    """Write a new chunk of a locked document, behind all others unless it has a place."""
    place = next_ordinal(database, document) if ordinal is None else ordinal
    beside = document.dataset_id, document.id, document.generation, place, token_count
    run(database, _INSERT, *chunk, *beside, chunk.create_time)


def insert_many(
    database: Database,
    document: LockedDocument,
    chunks: Sequence[ChunkRecord],
    token_counts: Sequence[int],
    version: int,
) -> None:
    """Write new chunks behind all others of a locked document; `version` is their last edit."""
    first = next_ordinal(database, document)
    place = (document.dataset_id, document.id, document.generation)
    every = [
        (*chunk, *place, first + number, tokens, version)
        for number, (chunk, tokens) in enumerate(zip(chunks, token_counts, strict=True))
    ]
    for start in range(0, len(every), INSERTED_AT_ONCE):
        written = every[start : start + INSERTED_AT_ONCE]
        values = ", ".join([f"({marks(_NEW)}, FALSE, FALSE)"] * len(written))
        run(database, f"{_INSERT_MANY} {values}", *(value for row in written for value in row))
        time.sleep(0)  # other requests of a web worker have their turn


def make_place(document: LockedDocument, seq: int, many: int) -> int:
    """Make room for chunks behind one of a locked document; return the place of the first."""
    [(ordinal,)] = tuple_rows(StoredChunk.select(StoredChunk.ordinal).where(StoredChunk.seq == seq))
    behind = (StoredChunk.ordinal > ordinal) | (
        (StoredChunk.ordinal == ordinal) & (StoredChunk.seq > seq)
    )
    these = (StoredChunk.document_id == document.id) & behind
    these &= StoredChunk.generation == document.generation
    StoredChunk.update(ordinal=StoredChunk.ordinal + many).where(these).execute()
    return int(ordinal) + 1


def known_ids(document: LockedDocument) -> set[str]:
    """Return the ids of all chunks of a locked document."""
    these = StoredChunk.document_id == document.id
    return {chunk_id for (chunk_id,) in tuple_rows(StoredChunk.select(StoredChunk.id).where(these))}


def count(database: Database, document: LockedDocument, *, chunks: int, tokens: int) -> None:
    """Add to the counters of a locked document."""
    run(database, _COUNT, chunks, tokens, document.id)
    tell(database, document)


def tell(database: Database, document: LockedDocument) -> None:
    """Note that a locked document has changed."""
    events.write(database, [(document.dataset_id, document.id)])


def free_id(database: Database, document: LockedDocument, content: str) -> str:
    """Return the id of a new chunk: the contract's, or another when content is repeated."""
    chunk_id = usual_id(document.id, content)
    same = Listing(database, "chunk", ("id",)).where("id = ?", chunk_id)
    if same.where(OF_DOCUMENT, document.id).tuples("LIMIT 1"):
        return another_id(document.id, content)
    return chunk_id


def usual_id(document_id: str, content: str) -> str:
    """Return the id of a new chunk by the contract; repeated content has the same."""
    return xxhash.xxh64_hexdigest((content + document_id).encode())


def another_id(document_id: str, content: str) -> str:
    """Return an id for a chunk with content that its document has already."""
    return xxhash.xxh64_hexdigest(f"{content}{document_id}\0{new_id()}".encode())


def next_ordinal(database: Database, document: LockedDocument) -> int:
    """Return the place behind all chunks of a document, and behind those of the next run."""
    [(highest,)] = rows(database, _HIGHEST, document.id, document.generation)
    return first_place(document, highest)


def first_place(document: LockedDocument, highest: int | None) -> int:
    """Return the place behind the highest one of a document's chunks; None if it has none."""
    first: int = (document.next_generation + 1) << ADDED_SHIFT
    return first if highest is None else max(first, int(highest) + 1)


def carry_over(document_id: str, old: int, new: int, discard_before: int) -> int:
    """Carry chunks that people have added or edited into a new generation; return how many.

    One that the run has made, too, takes the place of that one: an edited chunk keeps the id of
    what it was. Edits up to the time `discard_before` are left behind.
    """
    kept = [
        chunk
        for chunk in made_by_people(document_id, old)
        if chunk.source == ChunkSource.ADDED or chunk.update_time > discard_before
    ]
    for start in range(0, len(kept), CARRIED_AT_ONCE):
        carry_some(document_id, new, kept[start : start + CARRIED_AT_ONCE])
    return len(kept)


def made_by_people(document_id: str, generation: int) -> list[KeptChunk]:
    """Return the visible chunks that were added or edited."""
    columns = [getattr(StoredChunk, name) for name in KeptChunk._fields]
    these = are_visible(document_id, generation) & (StoredChunk.source != ChunkSource.PARSED)
    return [KeptChunk._make(row) for row in tuple_rows(StoredChunk.select(*columns).where(these))]


def carry_some(document_id: str, generation: int, kept: Sequence[KeptChunk]) -> None:
    """Move chunks to a generation, in place of those that it has with the same ids.

    Those that take no place are parts of no longer passage any more.
    """
    same = are_visible(document_id, generation) & StoredChunk.id.in_([chunk.id for chunk in kept])
    columns = (StoredChunk.id, StoredChunk.ordinal, StoredChunk.parent)
    places = {row[0]: row[1:] for row in tuple_rows(StoredChunk.select(*columns).where(same))}
    delete_rows(StoredChunk, same)
    moved = StoredChunk.seq.in_([chunk.seq for chunk in kept])
    StoredChunk.update(generation=generation, parent=0).where(moved).execute()
    for chunk in kept:
        if chunk.id in places:
            this = StoredChunk.seq == chunk.seq
            ordinal, parent = places[chunk.id]
            StoredChunk.update(ordinal=ordinal, parent=parent).where(this).execute()
