"""Reading the chunks of documents.

Visible are those of a document's published generation that nobody has deleted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from peewee import fn

from api.db.connection import Database
from api.db.listing import Listing, lean
from api.db.models.document import Document, StoredChunk
from api.db.models.states import ChunkSource
from api.db.rows import tuple_rows
from api.db.sql import rows
from api.errors import ArgumentError
from api.services.library.names import is_chunk_id, is_id
from api.services.library.queries.paging import GONE
from api.services.library.records import (
    ChunkPage,
    ChunkRecord,
    ChunkTexts,
    DatasetHead,
    DocumentPlace,
    DocumentRecord,
)
from api.services.library.shape_records import HandMade
from api.services.library.values import ChunkFilter, Place

NUMBER = re.compile(r"[0-9]{1,18}")

OF_DOCUMENT = "COALESCE(document_id, '') = ?"
"""The condition on the document where the chunk is looked for by its id.

As it stands in an index, too, SQLite would go through all chunks of the document instead.
"""

_PLACES = (
    "SELECT d.dataset_id, d.id FROM chunk c"
    " JOIN document d ON d.id = c.document_id AND d.generation = c.generation"
    " WHERE c.id = ? AND NOT c.deleted ORDER BY c.seq"
)

_HEAD_AND_PLACE = (
    f"SELECT {', '.join(f's.{name}' for name in DatasetHead._fields)},"  # noqa: S608 - names of ours
    f" {', '.join(f'd.{name}' for name in DocumentPlace._fields)} FROM dataset s"
    " LEFT JOIN document d ON d.id = ? AND d.dataset_id = s.id WHERE s.id = ?"
)


def place_of(database: Database, dataset_id: str, document_id: str) -> DocumentPlace | None:
    """Return a document of a dataset; None if there is no such document."""
    if not is_id(document_id):
        return None
    listing = Listing(database, "document", DocumentPlace._fields)
    listing.where("dataset_id = ?", dataset_id).where("id = ?", document_id)
    found = list(map(DocumentPlace._make, listing.tuples()))
    return found[0] if found else None


def head_and_place(
    database: Database, dataset_id: str, document_id: str
) -> tuple[DatasetHead | None, DocumentPlace | None]:
    """Return a dataset, and a document of it; None for what there is not."""
    if not is_id(dataset_id):
        return None, None
    document = document_id if is_id(document_id) else ""
    found = rows(database, _HEAD_AND_PLACE, document, dataset_id)
    if not found:
        return None, None
    head, place = found[0][: len(DatasetHead._fields)], found[0][len(DatasetHead._fields) :]
    return DatasetHead._make(head), DocumentPlace._make(place) if place[0] else None


def places_of_chunk(database: Database, chunk_id: str) -> list[tuple[str, str]]:
    """Return dataset and document of every visible chunk with an id, the oldest first."""
    found = rows(database, _PLACES, chunk_id) if is_chunk_id(chunk_id) else []
    return [(dataset_id, document_id) for dataset_id, document_id in found]


def page(database: Database, document: DocumentRecord, wanted: ChunkFilter) -> ChunkPage:
    """Return a page of the visible chunks of a document, in document order."""
    columns = (*lean(ChunkRecord._fields, wanted.without), "ordinal", "seq")
    listing = _chosen(_visible(database, document, columns), wanted)
    span = {"limit": wanted.limit, "offset": wanted.offset}
    following = _behind(listing, wanted.after) if wanted.after else listing
    found = following.tuples("ORDER BY ordinal, seq LIMIT ? OFFSET ?", *span.values())
    total = listing.count() if wanted.after else listing.total(found, **span)
    last = Place(str(found[-1][-1]), found[-1][-2]) if found else None
    return ChunkPage(total, [ChunkRecord._make(row[:-2]) for row in found], document, last)


def rank(
    database: Database, document: DocumentPlace, chunk_id: str, wanted: ChunkFilter
) -> int | None:
    """Return how many chunks of a list come before one; None if that is not in it."""
    listing = _chosen(_visible(database, document, ("ordinal", "seq")), wanted)
    found = listing.having("id = ?", chunk_id).tuples()
    if not found:
        return None
    ordinal, seq = found[0]
    return listing.behind("ordinal", ordinal, seq, desc=True, then="seq").count()


def _behind(listing: Listing, place: Place) -> Listing:
    """Return the list of the chunks behind one, which is named by its id, or by its number."""
    ordinal, seq = place.value, place.id
    if ordinal is None and is_chunk_id(place.id):
        found = listing.having("id = ?", place.id).tuples()
        ordinal, seq = found[0][-2:] if found else (None, "")
    if ordinal is None or not NUMBER.fullmatch(str(seq)):
        raise ArgumentError(GONE)
    following = listing.behind("ordinal", ordinal, int(seq), desc=False, then="seq")
    return following.by("document_id", "generation", "ordinal")


def some(
    database: Database,
    document: DocumentPlace | DocumentRecord,
    ids: Sequence[str],
    wanted: ChunkFilter | None = None,
) -> list[ChunkRecord]:
    """Return those visible chunks of a document that there are, in the order of the ids."""
    listing = _visible(database, document).where_in("id", ids)
    listing = _chosen(listing, wanted) if wanted else listing
    found = {chunk.id: chunk for chunk in list(map(ChunkRecord._make, listing.tuples()))}
    return [found[chunk_id] for chunk_id in ids if chunk_id in found]


def in_order(database: Database, document: DocumentPlace, ids: Sequence[str]) -> list[ChunkRecord]:
    """Return those visible chunks of a document that there are, in the order of the document."""
    listing = _visible(database, document).where_in("id", ids)
    return list(map(ChunkRecord._make, listing.tuples("ORDER BY ordinal, seq")))


def hand_made(database: Database, document: DocumentPlace) -> HandMade:
    """Return how many visible chunks of a document people have made."""
    listing = _visible(database, document, ("source", "available", "COUNT(*)"))
    found = listing.tuples("GROUP BY source, available")
    by_source: Counter[str] = Counter()
    for source, _, many in found:
        by_source[source] += many
    hidden = sum(many for _, available, many in found if not available)
    return HandMade(by_source[ChunkSource.EDITED], by_source[ChunkSource.ADDED], hidden)


def one(
    database: Database, document: DocumentPlace | DocumentRecord, chunk_id: str
) -> ChunkRecord | None:
    """Return a visible chunk of a document; None if there is no such chunk."""
    found = some(database, document, [chunk_id]) if is_chunk_id(chunk_id) else []
    return found[0] if found else None


def _visible(
    database: Database,
    document: DocumentPlace | DocumentRecord,
    columns: Sequence[str] = ChunkRecord._fields,
) -> Listing:
    listing = Listing(database, "chunk", columns).where("document_id = ?", document.id)
    return listing.where("generation = ?", document.generation).where("NOT deleted")


def _chosen(listing: Listing, wanted: ChunkFilter) -> Listing:
    """Narrow a list by what is wanted of chunks, beside words."""
    if wanted.available is not None:
        listing.where("available = ?", wanted.available)
    if wanted.on_page:
        # A position is `[page, ...]`, and no coordinate follows a bracket.
        listing.where("positions LIKE ?", f"%[{wanted.on_page},%")
    if wanted.source:
        listing.where("source = ?", wanted.source)
    return listing


def texts_of(document: DocumentPlace, chunk_id: str) -> ChunkTexts | None:
    """Return what stands for a visible chunk in the vector space; None if there is no such one."""
    if not is_chunk_id(chunk_id):
        return None
    these = are_visible(document.id, document.generation) & (StoredChunk.id == chunk_id)
    columns = (StoredChunk.content, StoredChunk.questions, StoredChunk.headings)
    found = tuple_rows(StoredChunk.select(*columns).where(these))
    return ChunkTexts._make(found[0]) if found else None


def are_visible(document_id: str, generation: int) -> Any:
    """Return the condition that a document's visible chunks fulfil."""
    return (
        (StoredChunk.document_id == document_id)
        & (StoredChunk.generation == generation)
        & (StoredChunk.deleted == False)  # noqa: E712 - a column is compared, not a value
    )


def generation_of(document_id: str) -> int | None:
    """Return which generation of a document is visible; None if the document is gone."""
    found = tuple_rows(Document.select(Document.generation).where(Document.id == document_id))
    return int(found[0][0]) if found else None


def visible_ids(document_id: str) -> list[str]:
    """Return the ids of a document's visible chunks, as they were written."""
    generation = generation_of(document_id)
    if generation is None:
        return []
    chosen = StoredChunk.select(StoredChunk.id).where(are_visible(document_id, generation))
    return [chunk_id for (chunk_id,) in tuple_rows(chosen.order_by(StoredChunk.seq))]


def some_ids(document_id: str, limit: int) -> list[str]:
    """Return the ids of some visible chunks of a document."""
    generation = generation_of(document_id)
    if generation is None:
        return []
    chosen = StoredChunk.select(StoredChunk.id).where(are_visible(document_id, generation))
    return [chunk_id for (chunk_id,) in tuple_rows(chosen.limit(limit))]


def older_ids(document_id: str, limit: int) -> list[str]:
    """Return ids of a document's chunks that are older than what is visible of it."""
    generation = generation_of(document_id)
    if generation is None:
        return []
    old = (StoredChunk.document_id == document_id) & (StoredChunk.generation < generation)
    chosen = StoredChunk.select(StoredChunk.id).where(old).limit(limit)
    return [chunk_id for (chunk_id,) in tuple_rows(chosen)]


def counts(document_id: str, generation: int) -> tuple[int, int]:
    """Return how many chunks a generation of a document has, and how many tokens they have."""
    chosen = StoredChunk.select(fn.COUNT(StoredChunk.seq), fn.SUM(StoredChunk.token_count)).where(
        StoredChunk.document_id == document_id, StoredChunk.generation == generation
    )
    ((count, tokens),) = tuple_rows(chosen)
    return int(count), int(tokens or 0)
