"""What tasks take: of a document, for its limits; of the workers' time, for the tenants' turns."""

from peewee import Database, MySQLDatabase

from api.db.sql import rows, run
from api.leases.fencing import Guard
from api.tasks.base import ClaimedTask
from api.tasks.claiming import WINDOW_MINUTES
from rag.ingestion.limits import Use

_OF_OTHERS = """
SELECT SUM(used_ms), SUM(cpu_ms), SUM(characters), SUM(chunk_count)
FROM task WHERE document_id = ? AND generation = ? AND part <> ?
"""

_CHARGE = """
INSERT INTO tenant_use (tenant_id, minute, used_ms) VALUES (?, ?, ?)
ON CONFLICT (tenant_id, minute) DO UPDATE SET used_ms = tenant_use.used_ms + excluded.used_ms
"""
_CHARGE_MYSQL = """
INSERT INTO tenant_use (tenant_id, minute, used_ms) VALUES (?, ?, ?)
ON DUPLICATE KEY UPDATE used_ms = used_ms + VALUES(used_ms)
"""


def of_others(database: Database, task: ClaimedTask) -> Use:
    """Return what the other parts of the task's document have taken in this run."""
    place = (task.document_id, task.generation, task.part)
    ((used, cpu, characters, chunks),) = rows(database, _OF_OTHERS, *place)
    return Use(
        float(used or 0) / 1000, float(cpu or 0) / 1000, int(characters or 0), int(chunks or 0)
    )


def charge(database: Database, tenant_id: str, used_ms: int) -> None:
    """Record that a worker was busy for a tenant until now."""
    statement = _CHARGE_MYSQL if isinstance(database, MySQLDatabase) else _CHARGE
    run(database, statement, tenant_id, _minute(database), max(0, used_ms))


def delete_old(database: Database, guard: Guard) -> None:
    """Remove what is too old to count."""
    with database.atomic():
        guard()
        oldest = _minute(database) - WINDOW_MINUTES
        run(database, "DELETE FROM tenant_use WHERE minute < ?", oldest)


def _minute(database: Database) -> int:
    ((now,),) = rows(database, "SELECT :now")
    return int(now) // 60_000
