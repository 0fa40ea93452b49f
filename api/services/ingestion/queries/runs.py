"""Statements of a run: what it reads, the chunks that it keeps, and how its document turns to it.

Those that write are part of the caller's transaction.
"""

from collections.abc import Sequence

import orjson

from api.db import events
from api.db.connection import Database
from api.db.models.states import ChunkSource, with_states
from api.db.sql import rows, run
from api.services.ingestion.records import KeptByHand, SourceDocument
from api.services.library.queries.chunk_edits import carry_over
from api.tasks.base import ClaimedTask
from api.tasks.documents import LockedDocument
from rag.errors import DimensionMismatchError, EmptyFileError
from rag.tokenizing.counting import count_tokens
from rag.types import Chunk

_PART_BITS = 32

_DOCUMENT = """
SELECT d.id, d.dataset_id, d.name, d.type, d.suffix, d.storage_key, d.content_hash,
    d.chunk_method, d.parser_config, d.meta_fields, d.enabled, d.generation, s.embedding_model,
    s.auto_metadata_config
FROM document d JOIN dataset s ON s.id = d.dataset_id
WHERE d.id = ? AND d.next_generation = ?
"""
_JSON = tuple(map(SourceDocument._fields.index, ("parser_config", "meta_fields")))

_PART = "document_id = ? AND generation = ? AND ordinal BETWEEN ? AND ?"
_RUN = "document_id = ? AND generation = ?"

_FORGET_PART = "DELETE FROM chunk WHERE :part".replace(":part", _PART)

_KEEP = """
INSERT INTO chunk (id, dataset_id, document_id, generation, ordinal, content, token_count,
    important_keywords, questions, positions, image_id, available, indexed, deleted, source,
    create_time, update_time, headings, parent)
VALUES :rows
"""
_KEPT_ROW = f"({', '.join('?' * 19)})"

_COUNT_PART = "SELECT COUNT(*), SUM(token_count) FROM chunk WHERE :part".replace(":part", _PART)
_COUNT = "SELECT COUNT(*), SUM(token_count) FROM chunk WHERE :run".replace(":run", _RUN)

_MADE = "UPDATE task SET chunk_count = ?, token_count = ?, origin = ?, stages = ? WHERE id = ?"
_PARTS_TO_COME = with_states("""
SELECT 1 FROM task WHERE document_id = ? AND generation = ? AND part <> ? AND state <> :done
LIMIT 1
""")
_ORIGINS = "SELECT DISTINCT origin FROM task WHERE document_id = ? AND generation = ?"
_DISCARD_BEFORE = "SELECT MAX(discard_before) FROM task WHERE document_id = ? AND generation = ?"

# The chunk store has them among those that it will drop.
_DOUBT_MADE_BY_PEOPLE = with_states("""
UPDATE chunk SET indexed = FALSE WHERE document_id = ? AND generation = ? AND source <> :parsed
""")
_TURN = """
UPDATE document SET generation = ?, chunk_count = ?, token_count = ?, origin = ? WHERE id = ?
"""
_COUNT_IN_DATASET = """
UPDATE dataset SET chunk_count = chunk_count + ?, token_num = token_num + ? WHERE id = ?
"""

_MADE_BY_PEOPLE = with_states("""
SELECT source, COUNT(*) FROM chunk
WHERE document_id = ? AND generation = ? AND source <> :parsed GROUP BY source
""")

# A run that was begun more than once, one whose document has no origin since its chunks were
# edited, and one of which the chunk store lacks chunks.
_IN_DOUBT = """
SELECT 1 FROM task WHERE document_id = ? AND generation = ? AND fence > 1
UNION ALL SELECT 1 FROM document WHERE id = ? AND origin = ''
UNION ALL SELECT 1 FROM chunk WHERE document_id = ? AND generation = ? AND indexed = FALSE
LIMIT 1
"""
_IDS = "SELECT id FROM chunk WHERE document_id = ? AND generation = ?"
_IDS_MADE_BY_PEOPLE = with_states(f"{_IDS} AND source <> :parsed")


def first_ordinal(task: ClaimedTask) -> int:
    """Return the number of the first chunk of a part; parts lie 2^32 apart."""
    return task.part << _PART_BITS


def document_of(database: Database, task: ClaimedTask) -> SourceDocument | None:
    """Return the task's document; None if it is gone, or run anew since."""
    for row in rows(database, _DOCUMENT, task.document_id, task.generation):
        stored = SourceDocument(*row)
        config, metadata = (orjson.loads(row[place]) for place in _JSON)
        return stored._replace(parser_config=config, meta_fields=metadata)
    return None


def narrow(database: Database, task: ClaimedTask, first_page: int, last_page: int) -> None:
    """Narrow a task to some pages of its document."""
    statement = "UPDATE task SET first_page = ?, last_page = ? WHERE id = ?"
    run(database, statement, first_page, last_page, task.id)


def delete_part(database: Database, task: ClaimedTask) -> None:
    """Delete the chunks of a task's part of the run."""
    run(database, _FORGET_PART, *_part(task))


def record_dimensions(database: Database, dataset_id: str, model: str, dimensions: int) -> None:
    """Record the length of a dataset's vectors with the first; raises DimensionMismatchError."""
    found = rows(database, "SELECT dimensions FROM dataset WHERE id = ?", dataset_id)
    known = found[0][0] if found else 0
    if not known:
        run(database, "UPDATE dataset SET dimensions = ? WHERE id = ?", dimensions, dataset_id)
    elif known != dimensions:
        raise DimensionMismatchError(model, known, dimensions)


def keep(database: Database, chunks: Sequence[Chunk], generation: int) -> None:
    """Store a batch of chunks."""
    values = [value for chunk in chunks for value in _row(chunk, generation)]
    statement = _KEEP.replace(":rows", ", ".join([_KEPT_ROW] * len(chunks)))
    run(database, statement, *values)


def record_made(database: Database, task: ClaimedTask, origin: str, stages: str) -> None:
    """Record on a task how much it has made, from what, and how long that took."""
    run(database, _MADE, *_counts(database, _COUNT_PART, *_part(task)), origin, stages, task.id)


def parts_to_come(database: Database, task: ClaimedTask) -> bool:
    """Return whether other parts of the run are not done yet."""
    return bool(rows(database, _PARTS_TO_COME, *_run(task), task.part))


def turn(database: Database, task: ClaimedTask, old: LockedDocument) -> int:
    """Make the task's generation the document's, and bring the counters in step.

    Returns how many chunks more the document has. Raises EmptyFileError if the run has none.
    """
    this = _run(task)
    if not _counts(database, _COUNT, *this)[0]:
        raise EmptyFileError("No part of the document gave text to search.")
    ((discard_before,),) = rows(database, _DISCARD_BEFORE, *this)
    kept = carry_over(task.document_id, old.generation, task.generation, int(discard_before))
    run(database, _DOUBT_MADE_BY_PEOPLE, *this)
    count, tokens = _counts(database, _COUNT, *this)
    origin = "" if kept else _origin_of_run(database, task)
    run(database, _TURN, task.generation, count, tokens, origin, task.document_id)
    more = count - old.chunk_count
    run(database, _COUNT_IN_DATASET, more, tokens - old.token_count, task.dataset_id)
    events.note([task.document_id])
    return more


def made_by_people(database: Database, task: ClaimedTask) -> KeptByHand:
    """Return how many chunks of a run people have made."""
    by_source = dict(rows(database, _MADE_BY_PEOPLE, *_run(task)))
    return KeptByHand(by_source.get(ChunkSource.ADDED, 0), by_source.get(ChunkSource.EDITED, 0))


def is_in_doubt(database: Database, task: ClaimedTask) -> bool:
    """Return whether the chunk store may not have the run's chunks as the database does.

    So it is if a part was begun more than once; if some were edited since the switch, as until the
    chunk store has turned it puts an edit to what the run is about to replace; and if some were
    added while the run went on, or staged when the dataset was indexed anew.
    """
    this = _run(task)
    return bool(rows(database, _IN_DOUBT, *this, task.document_id, *this))


def chunk_ids(database: Database, task: ClaimedTask) -> set[str]:
    """Return the ids of the run's chunks."""
    return {chunk_id for (chunk_id,) in rows(database, _IDS, *_run(task))}


def ids_made_by_people(database: Database, task: ClaimedTask) -> set[str]:
    """Return the ids of those of the run's chunks that people have made."""
    return {chunk_id for (chunk_id,) in rows(database, _IDS_MADE_BY_PEOPLE, *_run(task))}


def _run(task: ClaimedTask) -> tuple[str, int]:
    return task.document_id, task.generation


def _part(task: ClaimedTask) -> tuple[str, int, int, int]:
    first = first_ordinal(task)
    return *_run(task), first, first + (1 << _PART_BITS) - 1


def _counts(database: Database, statement: str, *values: object) -> tuple[int, int]:
    ((count, tokens),) = rows(database, statement, *values)
    return int(count), int(tokens or 0)


def _origin_of_run(database: Database, task: ClaimedTask) -> str:
    """Return what all parts of a run were made from; empty if settings changed between them."""
    origins = rows(database, _ORIGINS, *_run(task))
    return str(origins[0][0]) if len(origins) == 1 else ""


def _row(chunk: Chunk, generation: int) -> tuple[object, ...]:
    """Return the values of a chunk's row."""
    return (
        chunk.id,
        chunk.dataset_id,
        chunk.document_id,
        generation,
        chunk.ordinal,
        chunk.content,
        count_tokens(chunk.content),
        _json(chunk.important_keywords),
        _json(chunk.questions),
        _json([position.as_list() for position in chunk.positions]),
        chunk.image_id,
        True,
        True,
        False,
        ChunkSource.PARSED,
        chunk.created_at,
        chunk.created_at,
        _json(chunk.headings),
        chunk.parent,
    )


def _json(values: Sequence[object]) -> str:
    return orjson.dumps(values).decode()
