"""Datasets as stores of files, for those who know them so."""

from collections.abc import Sequence

from api.db.connection import Database, connected
from api.db.cursors import Cursor, Part
from api.services.accounts.records import Principal
from api.services.library.datasets import DatasetService
from api.services.library.values import DatasetChange, NewDataset
from api.services.stores.queries import stores as queries
from api.services.stores.records import RunCounts, StoreRecord
from api.services.stores.store_files import StoreFileService
from api.services.stores.values import Attachment


class StoreService:
    """Shows datasets with the states of their documents."""

    def __init__(
        self, database: Database, datasets: DatasetService, files: StoreFileService
    ) -> None:
        """Initialize with the parts."""
        self.database = database
        self.datasets = datasets
        self.files = files

    def create(
        self, asker: Principal, wanted: NewDataset, attachments: Sequence[Attachment]
    ) -> StoreRecord:
        """Create a dataset, put files into it and return it; a name that is taken gets a number.

        Nothing is made if one of the files cannot be put into it.
        """
        self.files.check(asker, [item.file_id for item in attachments])
        made = self.datasets.create(asker, wanted)
        if attachments:
            self.files.attach(asker, made.id, attachments)
        return self.get(asker, made.id)

    @connected
    def list_part(self, asker: Principal, cursor: Cursor) -> Part[StoreRecord]:
        """Return some of the datasets that the asker may read."""
        found = queries.datasets(self.database, asker, cursor)
        counts = queries.counts(self.database, [dataset.id for dataset in found.items])
        stores = [
            StoreRecord(dataset, counts.get(dataset.id, RunCounts())) for dataset in found.items
        ]
        return Part(stores, found.has_more)

    @connected
    def get(self, asker: Principal, dataset_id: str) -> StoreRecord:
        """Return a dataset that the asker may read."""
        dataset = self.datasets.get(asker, dataset_id)
        counts = queries.counts(self.database, [dataset_id])
        return StoreRecord(dataset, counts.get(dataset_id, RunCounts()))

    def update(self, asker: Principal, dataset_id: str, change: DatasetChange) -> StoreRecord:
        """Change a dataset of the asker's own and return it."""
        self.datasets.update(asker, dataset_id, change)
        return self.get(asker, dataset_id)
