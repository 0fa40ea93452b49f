"""What the runs of a document were, and where their time went."""

from api.db.connection import Database, connected
from api.services.accounts.records import Principal
from api.services.ingestion.queries.timeline import tasks_of
from api.services.ingestion.records import TaskRecord
from api.services.library.documents import DocumentService


class TimelineService:
    """Tells of the tasks of documents."""

    def __init__(self, database: Database, documents: DocumentService) -> None:
        """Initialize with the parts."""
        self.database = database
        self.documents = documents

    @connected
    def tasks(self, asker: Principal, dataset_id: str, document_id: str) -> list[TaskRecord]:
        """Return the tasks of a document, those of the newest run first; raises NotFoundError."""
        self.documents.file_of(asker, dataset_id, document_id)
        return tasks_of(self.database, document_id)
