"""Bringing the chunk store back in step with a run that was lost, killed, or begun twice."""

import logging

from api.db.connection import Database, connection
from api.errors import RaglanError
from api.services.ingestion.queries import leftovers, runs
from api.services.library.chunk_index import ChunkIndex
from api.tasks.base import ClaimedTask
from rag.engines.base import ChunkStore
from rag.errors import RagError

log = logging.getLogger(__name__)


class Repair:
    """Compares what the chunk store holds of a visible run with the database.

    The chunk store cannot refuse what a worker does late that has lost its task: forget what its
    successor has staged, or stage what its successor has published. And a part that is done again
    cannot discard what it staged before, while settings or the parser may have changed.
    """

    def __init__(self, database: Database, chunk_store: ChunkStore, index: ChunkIndex) -> None:
        """Initialize with the parts; nothing is opened."""
        self.database = database
        self.chunk_store = chunk_store
        self.index = index

    def is_needed(self, task: ClaimedTask) -> bool:
        """Return whether the chunk store may not have the run's chunks as they were made."""
        with connection(self.database):
            return runs.is_in_doubt(self.database, task)

    def settle(self, task: ClaimedTask) -> None:
        """Make the chunk store hold the chunks of a visible run as the database does."""
        held = self.chunk_store.vectors(task.dataset_id, task.document_id).keys()
        with connection(self.database):
            known = runs.chunk_ids(self.database, task)
            by_people = runs.ids_made_by_people(self.database, task)
        wrong = (held ^ known) | by_people
        self.index.sync(task.dataset_id, task.document_id, sorted(wrong))

    def reconcile(self, task: ClaimedTask) -> None:
        """Undo what may have been done late, without the right to, to what is visible."""
        try:
            with connection(self.database):
                visible = leftovers.visible_generation(self.database, task.document_id)
            if visible is None:
                self.chunk_store.drop_document(task.dataset_id, task.document_id)
            elif visible == task.generation:
                self.settle(task)
        except (RagError, RaglanError) as error:
            log.warning("Document %s may need `raglan reindex`: %s", task.document_id, error)
