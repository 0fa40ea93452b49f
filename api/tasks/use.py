"""What the tasks of a document take, for its limits."""

from peewee import Database

from api.db.sql import rows
from api.tasks.base import ClaimedTask
from rag.ingestion.limits import Use

_OF_OTHERS = """
SELECT SUM(used_ms), SUM(cpu_ms), SUM(characters), SUM(chunk_count)
FROM task WHERE document_id = ? AND generation = ? AND part <> ?
"""


def of_others(database: Database, task: ClaimedTask) -> Use:
    """Return what the other parts of the task's document have taken in this run."""
    place = (task.document_id, task.generation, task.part)
    ((used, cpu, characters, chunks),) = rows(database, _OF_OTHERS, *place)
    return Use(
        float(used or 0) / 1000, float(cpu or 0) / 1000, int(characters or 0), int(chunks or 0)
    )
