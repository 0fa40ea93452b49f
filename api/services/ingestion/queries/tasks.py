"""Statements of tasks as people see them."""

from collections.abc import Mapping

from api.db.connection import Database
from api.db.listing import Listing
from api.db.models.states import with_states
from api.db.sql import rows, run
from api.services.ingestion.task_records import TaskFilter, TaskRecord
from api.services.library.queries.paging import page_rows
from api.services.library.values import Page

_NAMES = {
    "dataset_name": "(SELECT name FROM dataset WHERE dataset.id = task.dataset_id)",
    "document_name": "(SELECT name FROM document WHERE document.id = task.document_id)",
}
_COLUMNS = tuple(_NAMES.get(name, name) for name in TaskRecord._fields)

_COUNTS = with_states("""
SELECT state, COUNT(*) FROM task
WHERE tenant_id = ? AND state IN (:pending, :running, :failed, :dead) GROUP BY state
""")
_DUE = with_states("""
SELECT id FROM task WHERE state = :pending AND tenant_id = ? ORDER BY not_before, part LIMIT ?
""")
_HURRY = with_states("""
UPDATE task SET not_before = :now, update_time = :now
WHERE id = ? AND state = :pending AND not_before > :now
""")
_NEWEST = """
SELECT t.id FROM task t JOIN document d ON d.id = t.document_id
WHERE d.id = ? AND t.generation = d.next_generation ORDER BY t.part LIMIT 1
"""


def now(database: Database) -> int:
    """Return the database's time, by which tasks are claimed."""
    ((found,),) = rows(database, "SELECT :now")
    return int(found)


def page(database: Database, tenant_id: str, wanted: TaskFilter, part: Page) -> list[TaskRecord]:
    """Return a page of a tenant's tasks."""
    listing = Listing(database, "task", _COLUMNS).where("tenant_id = ?", tenant_id)
    for column, value in (("dataset_id", wanted.dataset_id), ("document_id", wanted.document_id)):
        if value:
            listing.where(f"{column} = ?", value)
    if wanted.states:
        listing.where_in("state", wanted.states)
    return list(map(TaskRecord._make, page_rows(listing, part)))


def find(database: Database, task_id: str) -> TaskRecord | None:
    """Return a task; None if there is no such."""
    found = Listing(database, "task", _COLUMNS).where("id = ?", task_id).tuples()
    return TaskRecord._make(found[0]) if found else None


def newest_of(database: Database, document_id: str) -> str:
    """Return the id of the first task of a document's newest run; empty without any."""
    found = rows(database, _NEWEST, document_id)
    return str(found[0][0]) if found else ""


def counts(database: Database, tenant_id: str) -> Mapping[str, int]:
    """Return how many of a tenant's tasks wait, run, and failed, by state."""
    return dict(rows(database, _COUNTS, tenant_id))


def queue(database: Database, tenant_id: str, limit: int) -> list[str]:
    """Return the ids of a tenant's first waiting tasks, in the order in which they come."""
    return [task_id for (task_id,) in rows(database, _DUE, tenant_id, limit)]


def hurry(database: Database, task_id: str) -> bool:
    """Let a task that waits for its time be claimed now; return whether there was one."""
    return run(database, _HURRY, task_id) > 0
