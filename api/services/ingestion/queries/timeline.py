"""Reading the tasks of a document."""

from api.db.connection import Database
from api.db.listing import Listing
from api.services.ingestion.records import TaskRecord

MOST_TASKS = 500


def tasks_of(database: Database, document_id: str) -> list[TaskRecord]:
    """Return the tasks of a document that are kept, those of the newest run first, by part."""
    listing = Listing(database, "task", TaskRecord._fields).where("document_id = ?", document_id)
    found = listing.tuples("ORDER BY generation DESC, part LIMIT ?", MOST_TASKS)
    return list(map(TaskRecord._make, found))
