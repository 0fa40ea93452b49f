"""The tables of the SQLite chunk store.

A row number is the number of the dataset in the high bits and a running number in the low ones;
neither is ever used twice. `change` tells readers which rows appeared (1) and disappeared (0), so
that they keep in step without looking at all rows; it is cut at the end and is no history.
"""

import json
import uuid
from typing import Any

import apsw

from rag.engines.repeats import content_digest

VERSION = 5
BUSY_MS = 30_000
"""How long a connection waits for others that write."""


LOG_BYTES = 4 * 1024 * 1024
"""To this the write-ahead log is cut when it was longer; about where SQLite empties it itself."""

LONG_LOG = LOG_BYTES // 4
"""From here on, in bytes, it is worth emptying when nobody uses the store just now."""

FREED_BYTES = 2 << 20
"""In one transaction: others that write wait for some tens of milliseconds."""

_PAGE_BYTES = 16 * 1024
"""Of new files: five chunks of 120 words fit a page, and one fits one of 4 KB."""

_KEPT_BYTES = 1 << 20
"""Unused pages that stay for the next chunks."""

_APPLICATION_ID = 0x5261676C  # "Ragl"
_TABLES = """
CREATE TABLE dataset (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    dimensions INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0,
    next_row INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE document (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    dataset INTEGER NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    generation INTEGER NOT NULL DEFAULT -1,
    analysis INTEGER NOT NULL DEFAULT 0,
    language TEXT NOT NULL DEFAULT '',
    UNIQUE (dataset, id)
);
CREATE INDEX document_analysis ON document (analysis);
CREATE TABLE metadata (
    document INTEGER NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    number REAL,
    numeric INTEGER NOT NULL
);
CREATE INDEX metadata_document ON metadata (document, name);
CREATE TABLE chunk (
    row INTEGER PRIMARY KEY,
    document INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    id TEXT NOT NULL,
    available INTEGER NOT NULL,
    length INTEGER NOT NULL,
    digest INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX chunk_id ON chunk (document, generation, id);
CREATE TABLE body (
    row INTEGER PRIMARY KEY,
    content BLOB NOT NULL,
    terms BLOB NOT NULL,
    vector BLOB NOT NULL
);
CREATE TABLE change (
    dataset INTEGER NOT NULL,
    version INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    rows BLOB NOT NULL,
    PRIMARY KEY (dataset, version)
) WITHOUT ROWID;
CREATE TABLE dropped (dataset INTEGER PRIMARY KEY);
CREATE VIEW passage AS SELECT
    chunk.row, chunk.document AS document_number, chunk.generation, chunk.id, chunk.available,
    body.content, body.terms, body.vector,
    document.id AS document, document.name, document.generation AS published,
    dataset.id AS dataset
FROM chunk JOIN body USING (row)
    JOIN document ON document.number = chunk.document
    JOIN dataset ON dataset.number = document.dataset;
CREATE TABLE store (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_DIGESTS = """
ALTER TABLE chunk ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;
UPDATE chunk SET digest = (SELECT digest_of(content) FROM body WHERE body.row = chunk.row);
"""
"""What a store of version 1 lacks: what tells the content of chunks."""

_ANALYSES = """
ALTER TABLE document ADD COLUMN analysis INTEGER NOT NULL DEFAULT 0;
CREATE INDEX document_analysis ON document (analysis);
"""
"""What a store of version 2 lacks: how the chunks of each document were indexed."""

_LANGUAGES = "ALTER TABLE document ADD COLUMN language TEXT NOT NULL DEFAULT ''"
"""What a store of version 3 lacks: the language that documents are said to be in."""

_DROPPED = "CREATE TABLE dropped (dataset INTEGER PRIMARY KEY)"
"""What a store of version 4 lacks: the numbers of datasets whose rows are still to be removed."""

_CHANGES = (_DIGESTS, _ANALYSES, _LANGUAGES, _DROPPED)
"""What leads from each version to the next, from version 1 on."""


def give_back(connection: apsw.Connection) -> int:
    """Truncate some unused pages of the file; return how many bytes, 0 if only few are unused."""
    free, size = free_pages(connection), connection.pragma("page_size")
    if free * size <= _KEPT_BYTES:
        return 0
    # A cursor that is not read to its end frees one page.
    connection.execute(f"PRAGMA incremental_vacuum({FREED_BYTES // size})").fetchall()
    return int((free - free_pages(connection)) * size)


def free_pages(connection: apsw.Connection) -> int:
    """Return how many pages of the file are unused."""
    return int(connection.pragma("freelist_count"))


def prepare(connection: apsw.Connection) -> None:
    """Set up a new connection and, in an empty file, the tables."""
    connection.set_busy_timeout(BUSY_MS)
    if connection.pragma("user_version") != VERSION:
        _create(connection)
    connection.pragma("journal_mode", "wal")
    connection.pragma("journal_size_limit", LOG_BYTES)
    connection.pragma("synchronous", "full")
    connection.pragma("temp_store", "memory")


def _digest_of(*content: Any) -> int:
    """Return what tells the content of a row of `body`."""
    return content_digest(json.loads(content[0])[0])


def _create(connection: apsw.Connection) -> None:
    connection.pragma("page_size", _PAGE_BYTES)
    connection.pragma("auto_vacuum", "incremental")
    connection.pragma("journal_mode", "wal")
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        found = connection.pragma("user_version")
        if not found:
            connection.execute(_TABLES)
            connection.execute("INSERT INTO store VALUES ('key', ?)", (uuid.uuid4().hex,))
            connection.pragma("application_id", _APPLICATION_ID)
            connection.pragma("user_version", VERSION)
        elif 0 < found < VERSION:
            connection.create_scalar_function("digest_of", _digest_of, 1, deterministic=True)
            for change in _CHANGES[found - 1 :]:
                connection.execute(change)
            connection.pragma("user_version", VERSION)
    connection.execute("COMMIT")
    if not 0 <= found <= VERSION:
        raise apsw.SchemaChangeError(f"it has version {found}, this program reads {VERSION}")
