"""What the services of stores return. Times are in ms since the epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from api.db.cursors import Part
from api.db.models.states import RunState
from api.services.library.records import DatasetRecord, DocumentRecord


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many documents are in which state."""

    by_state: Mapping[str, int] = field(default_factory=dict)

    def of(self, *states: RunState) -> int:
        """Return how many are in one of some states."""
        return sum(self.by_state.get(state, 0) for state in states)

    @property
    def total(self) -> int:
        """Return how many there are."""
        return sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class StoreRecord:
    """A dataset with the states of its documents."""

    dataset: DatasetRecord
    counts: RunCounts


class BatchRecord(NamedTuple):
    """Files that were put into a dataset together."""

    id: str
    dataset_id: str
    document_ids: tuple[str, ...]
    create_time: int


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """A batch with the states of its documents."""

    batch: BatchRecord
    counts: RunCounts


StoreFiles = Part[DocumentRecord]
"""Documents, which stand for the files that they were made of."""
