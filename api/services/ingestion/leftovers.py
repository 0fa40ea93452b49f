"""Removing what ended runs have left: their own chunks, or the older ones that they replaced."""

from collections.abc import Callable

from api.db.connection import Database, connection
from api.services.ingestion.queries import leftovers
from api.services.ingestion.records import EndedRun
from rag.engines.base import ChunkStore
from rag.types import Offload


class Leftovers:
    """What is to be removed after the end of runs; a task says whether that was done."""

    def __init__(self, database: Database, chunk_store: ChunkStore, offload: Offload) -> None:
        """Initialize with the parts; nothing is opened. `offload` runs the chunk store's calls."""
        self.database = database
        self.chunk_store = chunk_store
        self.offload = offload

    def find(self, limit: int) -> list[EndedRun]:
        """Return ended runs that have left something."""
        with connection(self.database):
            return leftovers.ended_runs(self.database, limit)

    def remove(self, ended: EndedRun) -> None:
        """Remove what an ended run has left, and note that it was done."""
        with connection(self.database):
            tasks = leftovers.ended_tasks(self.database, ended)
            visible = leftovers.visible_generation(self.database, ended.document_id)
        if visible == ended.generation:
            self.repeat(leftovers.delete_older, ended)
        elif visible is not None:
            self.offload(self.chunk_store.discard, *ended)
            self.repeat(leftovers.delete_own, ended)
        with connection(self.database):
            leftovers.record_cleaned(self.database, tasks)

    def repeat(self, delete: Callable[[Database, EndedRun], bool], ended: EndedRun) -> None:
        """Delete chunks a few at a time, so that no transaction gets long."""
        while True:
            with connection(self.database):
                if not delete(self.database, ended):
                    return
