"""The statements of searching."""

from collections.abc import Collection

import orjson

from api.db.connection import Database
from api.db.sql import rows
from api.services.library.chunk_index import batches
from api.services.library.parser_options import NAME_BONUS, name_bonus_in
from api.services.search.records import FileFacts, Place, SearchableDataset

# Written out, as building them takes longer than running them and each search needs them.
DATASETS_SQL = (
    "SELECT id, tenant_id, permission, embedding_model, pagerank, parser_config FROM dataset"
    " WHERE id IN ({})"
)
DOCUMENTS_SQL = "SELECT id FROM document WHERE dataset_id IN ({}) AND id IN ({})"
FILES_SQL = "SELECT id, file_id, name, meta_fields FROM document WHERE id IN ({})"
STATES_SQL = "SELECT name, run FROM document WHERE id IN ({}) AND chunk_count = 0 ORDER BY id"
METADATA_SQL = "SELECT id, meta_fields, parser_config FROM document WHERE id IN ({})"

_AROUND = """
SELECT c.content FROM chunk c JOIN document d ON d.id = c.document_id
JOIN chunk this ON this.document_id = c.document_id AND this.generation = d.generation
    AND this.id = ?
WHERE c.document_id = ? AND c.generation = d.generation AND c.available AND NOT c.deleted
AND {side} ORDER BY {order} LIMIT {count}
"""
BEFORE_SQL = _AROUND.format(
    side="c.ordinal < this.ordinal", order="c.ordinal DESC, c.seq DESC", count="?"
)
AFTER_SQL = _AROUND.format(side="c.ordinal > this.ordinal", order="c.ordinal, c.seq", count="?")

_VISIBLE = (
    "FROM chunk c JOIN document d ON d.id = c.document_id AND d.generation = c.generation"
    " WHERE c.document_id = ? AND NOT c.deleted"
)
PARENTS_SQL = f"SELECT c.id, c.parent {_VISIBLE} AND c.parent > 0 AND c.id IN ({{}})"
PARTS_SQL = (
    f"SELECT c.content {_VISIBLE} AND c.parent = ? AND c.available ORDER BY c.ordinal, c.seq"
)

AT_ONCE = 10_000
"""Values in a statement: SQLite takes three times as many."""


def find_datasets(database: Database, ids: Collection[str]) -> dict[str, SearchableDataset]:
    """Return those datasets that exist, by id."""
    found = rows(database, DATASETS_SQL.format(marks(ids)), *ids) if ids else []
    return {row[0]: SearchableDataset._make((*row[:-1], name_weight_of(row[-1]))) for row in found}


def name_weight_of(config: str) -> float:
    """Return what the name of a document adds to similarities at most, as stored options say."""
    # Few have it, and each search comes here.
    return name_bonus_in(orjson.loads(config)) if NAME_BONUS in config else 0.0


def documents_within(
    database: Database, dataset_ids: Collection[str], document_ids: Collection[str]
) -> set[str]:
    """Return which of the documents are in one of the datasets."""
    if not dataset_ids or not document_ids:
        return set()
    statement = DOCUMENTS_SQL.format(marks(dataset_ids), marks(document_ids))
    return {row[0] for row in rows(database, statement, *dataset_ids, *document_ids)}


def places_of(database: Database, document_ids: Collection[str]) -> dict[str, Place]:
    """Return where files of documents were, and whether their chunks have parents, by id.

    Documents of which there is nothing to say are left out.
    """
    found = [
        row
        for batch in batches(list(document_ids), AT_ONCE)
        for row in rows(database, METADATA_SQL.format(marks(batch)), *batch)
    ]
    places = {document_id: place_of(metadata, config) for document_id, metadata, config in found}
    return {document_id: place for document_id, place in places.items() if any(place)}


def place_of(metadata: str, config: str) -> Place:
    """Return what the metadata of a document say of its file, and its settings of parents."""
    path = orjson.loads(metadata).get("path")
    # Most settings say nothing of parents, and are not read.
    parts = orjson.loads(config).get("parent_child", {}) if "parent_child" in config else {}
    return Place(path if isinstance(path, str) else "", bool(parts.get("use_parent_child")))


def parents_of(database: Database, document_id: str, chunk_ids: Collection[str]) -> dict[str, int]:
    """Return the parents of those of a document's visible chunks that have one."""
    statement = PARENTS_SQL.format(marks(chunk_ids))
    return dict(rows(database, statement, document_id, *chunk_ids))


def parts_of(database: Database, document_id: str, parent: int) -> list[str]:
    """Return the contents of the parts of a passage in their order, but those switched off."""
    return [content for (content,) in rows(database, PARTS_SQL, document_id, parent)]


def files_of(database: Database, document_ids: Collection[str]) -> dict[str, FileFacts]:
    """Return what is told of some documents, by id."""
    if not document_ids:
        return {}
    found = rows(database, FILES_SQL.format(marks(document_ids)), *document_ids)
    return {row[0]: FileFacts._make(row) for row in found}


def states_of(database: Database, document_ids: Collection[str]) -> list[tuple[str, str]]:
    """Return the names of documents without chunks, and the states of their parsing."""
    return rows(database, STATES_SQL.format(marks(document_ids)), *document_ids)


def marks(values: Collection[object]) -> str:
    """Return the marks that stand for values in a statement."""
    return ", ".join("?" * len(values))


def chunks_around(
    database: Database, document_id: str, chunk_id: str, count: int
) -> tuple[list[str], list[str]]:
    """Return the contents of so many chunks before a visible one, and after it, in their order."""
    before = rows(database, BEFORE_SQL, chunk_id, document_id, count)
    after = rows(database, AFTER_SQL, chunk_id, document_id, count)
    return [content for (content,) in reversed(before)], [content for (content,) in after]
