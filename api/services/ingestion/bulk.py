"""Doing something to all documents of a dataset that pass a filter."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.ingestion.parsing import ParsingService
from api.services.library.bin import DocumentBin
from api.services.library.documents import DocumentService
from api.services.library.values import DocumentFilter
from api.tasks.base import Priority
from api.things import Kind


class BulkAction(StrEnum):
    """What is done to documents."""

    PARSE = "parse"
    STOP = "stop"
    ENABLE = "enable"
    DISABLE = "disable"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Bulk:
    """What is done to which documents: those that pass the filter, but for some.

    With `discard_edits` parsing discards what people have changed in chunks.
    """

    action: BulkAction
    wanted: DocumentFilter
    excepted: frozenset[str] = frozenset()
    discard_edits: bool = False


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """To how many documents it was done, and how many were in a state that needs or forbids it.

    A deletion can be taken back by `undo` until a time in ms since the epoch, a switch by the
    opposite one of the documents that were `switched`.
    """

    count: int
    skipped: int = 0
    undo: str = ""
    until: int = 0
    switched: tuple[str, ...] = ()


class BulkService:
    """Does something to many documents."""

    def __init__(
        self, documents: DocumentService, document_bin: DocumentBin, parsing: ParsingService
    ) -> None:
        """Initialize with what keeps, deletes and parses documents."""
        self.documents = documents
        self.bin = document_bin
        self.parsing = parsing

    def run(self, asker: Principal, dataset_id: str, bulk: Bulk) -> BulkOutcome:
        """Do it; raises NotFoundError, before anything, where an id is named that is not there."""
        found = self.documents.matching(asker, dataset_id, bulk.wanted)
        if lacking := set(bulk.wanted.ids) - set(found):
            self.check(asker, dataset_id, bulk, lacking)
        ids = [item for item in found if item not in bulk.excepted]
        match bulk.action:
            case BulkAction.DELETE:
                gone = self.bin.discard(asker, dataset_id, ids)
                return BulkOutcome(gone.tally.count, 0, gone.deletion, gone.until)
            case BulkAction.PARSE:
                discard, later = bulk.discard_edits, Priority.IN_BULK
                tally = self.parsing.parse(
                    asker, dataset_id, ids, discard_edits=discard, priority=later
                )
                return BulkOutcome(tally.count, len(ids) - tally.count)
            case BulkAction.STOP:
                tally = self.parsing.stop(asker, dataset_id, ids)
                return BulkOutcome(tally.count, len(ids) - tally.count)
        return self.switch(asker, dataset_id, ids, enabled=bulk.action == BulkAction.ENABLE)

    def check(self, asker: Principal, dataset_id: str, bulk: Bulk, lacking: set[str]) -> None:
        """Raise NotFoundError for ids that no document of the dataset has, whatever the filters."""
        named = DocumentFilter(ids=list(bulk.wanted.ids))
        there = set(self.documents.matching(asker, dataset_id, named))
        if gone := sorted(lacking - there):
            raise NotFoundError(Kind.DOCUMENT, *gone)

    def switch(
        self, asker: Principal, dataset_id: str, ids: Sequence[str], *, enabled: bool
    ) -> BulkOutcome:
        """Let searches find documents or not any more; those that are so already are skipped."""
        switched = []
        for document_id in ids:
            with suppress(NotFoundError):  # it was deleted meanwhile
                if self.documents.switch(asker, dataset_id, document_id, enabled=enabled):
                    switched.append(document_id)
        count = len(switched)
        return BulkOutcome(count, len(ids) - count, switched=tuple(switched))
