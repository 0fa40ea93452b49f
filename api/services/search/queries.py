"""The statements of searching."""

from collections.abc import Collection

import orjson

from api.db.connection import Database
from api.db.sql import rows
from api.services.library.chunk_index import batches
from api.services.search.records import FileFacts, SearchableDataset

# Written out, as building them takes longer than running them and each search needs them.
DATASETS_SQL = (
    "SELECT id, tenant_id, permission, embedding_model, pagerank FROM dataset WHERE id IN ({})"
)
DOCUMENTS_SQL = "SELECT id FROM document WHERE dataset_id IN ({}) AND id IN ({})"
FILES_SQL = "SELECT id, file_id, name, meta_fields FROM document WHERE id IN ({})"
STATES_SQL = "SELECT name, run FROM document WHERE id IN ({}) AND chunk_count = 0 ORDER BY id"
METADATA_SQL = "SELECT id, meta_fields FROM document WHERE id IN ({})"

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

AT_ONCE = 10_000
"""Values in a statement: SQLite takes three times as many."""


def find_datasets(database: Database, ids: Collection[str]) -> dict[str, SearchableDataset]:
    """Return those datasets that exist, by id."""
    found = rows(database, DATASETS_SQL.format(marks(ids)), *ids) if ids else []
    return {row[0]: SearchableDataset._make(row) for row in found}


def documents_within(
    database: Database, dataset_ids: Collection[str], document_ids: Collection[str]
) -> set[str]:
    """Return which of the documents are in one of the datasets."""
    if not dataset_ids or not document_ids:
        return set()
    statement = DOCUMENTS_SQL.format(marks(dataset_ids), marks(document_ids))
    return {row[0] for row in rows(database, statement, *dataset_ids, *document_ids)}


def paths_of(database: Database, document_ids: Collection[str]) -> dict[str, str]:
    """Return where files of documents were below their folders, by id, as their metadata say."""
    found = [
        row
        for batch in batches(list(document_ids), AT_ONCE)
        for row in rows(database, METADATA_SQL.format(marks(batch)), *batch)
    ]
    paths = {document_id: orjson.loads(fields).get("path") for document_id, fields in found}
    return {document_id: path for document_id, path in paths.items() if isinstance(path, str)}


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
