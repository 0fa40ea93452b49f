"""What is shown of datasets and documents beside themselves: whose they are, and how many."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import orjson

from api.db.connection import Database, connected
from api.execution import Execution
from api.services.accounts.access import Right, check
from api.services.accounts.queries.accounts import people
from api.services.accounts.records import Principal
from api.services.library.names import is_id
from api.services.library.opening import opened_dataset
from api.services.library.queries import datasets, holdings
from api.services.library.queries import document_list as documents
from api.services.library.records import (
    DatasetPage,
    DocumentCounts,
    DocumentPage,
    MetadataValues,
    OwnedDataset,
    SizedDataset,
)
from api.services.library.values import DatasetFilter, DocumentFilter, Page
from api.things import Kind

DOCUMENTS_AT_ONCE = 1000


class Overview:
    """Lists datasets with their owners, and documents with those who have made them."""

    def __init__(self, database: Database, execution: Execution) -> None:
        """Initialize with the parts."""
        self.database = database
        self.execution = execution

    @connected
    def list_datasets(self, asker: Principal, wanted: DatasetFilter, part: Page) -> DatasetPage:
        """Return a page of the datasets that the asker may read."""
        listing = datasets.visible(self.database, asker, wanted)
        found, total = datasets.page_of(listing, part)
        owners = people(self.database, [record.tenant_id for record in found])
        return DatasetPage(
            total, [OwnedDataset(record, owners.get(record.tenant_id)) for record in found]
        )

    @connected
    def show_dataset(self, asker: Principal, dataset_id: str) -> SizedDataset:
        """Return a dataset that the asker may read; raises NotFoundError."""
        found = datasets.find(self.database, dataset_id) if is_id(dataset_id) else None
        record = check(self.database, asker, found, Right.READ, Kind.DATASET, dataset_id)
        size, _, _ = holdings.held_by_dataset(dataset_id)
        return SizedDataset(record, size)

    @connected
    def check_readable(self, asker: Principal, dataset_ids: Sequence[str]) -> None:
        """Raise NotFoundError unless the asker may read all of some datasets."""
        for dataset_id in dataset_ids:
            opened_dataset(self.database, asker, dataset_id, Right.READ)

    @connected
    def list_documents(
        self, asker: Principal, dataset_id: str, wanted: DocumentFilter, part: Page
    ) -> DocumentPage:
        """Return a page of a dataset's documents with those who have made them."""
        dataset = opened_dataset(self.database, asker, dataset_id, Right.READ)
        total, found = documents.page(self.database, dataset, wanted, part)
        makers = people(self.database, [document.created_by for document in found])
        return DocumentPage(total, found, makers)

    @connected
    def count_documents(
        self, asker: Principal, dataset_id: str, wanted: DocumentFilter
    ) -> DocumentCounts:
        """Return how many documents of a dataset there are of each suffix, and in each state."""
        opened_dataset(self.database, asker, dataset_id, Right.READ)
        suffixes = documents.counts(self.database, "suffix", dataset_id, wanted)
        return DocumentCounts(suffixes, documents.counts(self.database, "run", dataset_id, wanted))

    def metadata(self, asker: Principal, dataset_ids: Sequence[str]) -> MetadataValues:
        """Return the values that the metadata of some datasets' documents have."""
        values: MetadataValues = defaultdict(lambda: defaultdict(list))
        last = ""
        while batch := self.next_metadata(asker, dataset_ids, last):
            self.execution.offload(collect, values, batch)
            last = batch[-1][0]
        return values

    @connected
    def next_metadata(
        self, asker: Principal, dataset_ids: Sequence[str], after: str
    ) -> list[tuple[str, str]]:
        """Return the metadata of the next documents by id."""
        self.check_readable(asker, dataset_ids)
        return documents.metadata_following(self.database, dataset_ids, after, DOCUMENTS_AT_ONCE)


def collect(values: MetadataValues, documents: Sequence[tuple[str, str]]) -> None:
    """Add the metadata of some documents, which are JSON, to the values that there are."""
    for document_id, text in documents:
        fields: Mapping[str, object] = orjson.loads(text)
        for name, value in fields.items():
            many = value if isinstance(value, list) else [value]
            for one in dict.fromkeys(map(str, many)):
                values[name][one].append(document_id)
