"""Following what becomes of a dataset's documents, at little cost while nothing does."""

from api.db import events
from api.db.connection import Database, connected
from api.services.accounts.access import Right
from api.services.accounts.records import Principal
from api.services.library.change_records import Changes
from api.services.library.opening import opened_dataset
from api.services.library.queries import document_list as documents
from api.services.library.values import DocumentFilter

EVERYTHING = DocumentFilter()

LONG = frozenset({"parser_config", "meta_fields"})
"""What is not told of a document that has changed."""


class ChangeService:
    """Tells what has changed of documents since somebody asked before."""

    def __init__(self, database: Database) -> None:
        """Initialize with the database."""
        self.database = database

    @connected
    def since(self, asker: Principal, dataset_id: str, seq: int | None) -> Changes:
        """Return what has changed of a dataset's documents behind a number; None begins.

        A change may be told twice; none is left out, whichever process has made it. Where the
        number is too old, or from elsewhere, the documents are to be read anew.
        """
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        if seq is None or not events.is_kept_since(self.database, seq):
            begun = events.beginning(self.database)
            return Changes(begun, counts=self.counts(dataset_id), is_anew=seq is not None)
        safe = events.safe_number(self.database, seq)
        found = events.following(self.database, dataset_id, seq)
        if not found:
            return Changes(safe)
        is_full = len(found) == events.MOST_READ
        ids = list(dict.fromkeys(event.document_id for event in found))
        there = documents.some(self.database, dataset_id, ids, without=LONG)
        return Changes(
            seq=min(safe, found[-1].seq) if is_full else safe,
            documents=there,
            gone=[event.document_id for event in found if event.gone],
            counts=self.counts(dataset_id),
            is_more=is_full,
        )

    def counts(self, dataset_id: str) -> dict[str, int]:
        """Return how many documents of a dataset are in each state."""
        return documents.counts(self.database, "run", dataset_id, EVERYTHING)
