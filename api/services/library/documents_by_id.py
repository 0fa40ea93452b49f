"""Documents by their ids alone, whatever datasets they are in."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from api.db.connection import connection
from api.errors import NotFoundError
from api.services.accounts.records import Principal
from api.services.library.documents import DocumentService
from api.services.library.opening import opened_dataset
from api.services.library.records import DocumentRecord
from api.services.library.values import DocumentChange
from api.services.tally import distinct
from api.things import Kind


class DocumentsById:
    """Changes and deletes documents; unless the asker may do it to all of them, to none."""

    def __init__(self, documents: DocumentService) -> None:
        """Initialize with what keeps the documents of datasets."""
        self.documents = documents

    def find_all(self, asker: Principal, ids: Sequence[str]) -> list[DocumentRecord]:
        """Return documents, each once; raises NotFoundError unless the asker may see them all."""
        found = self.documents.known(asker, ids)
        known = {document.id for document in found}
        if missing := [item for item in distinct(ids)[0] if item not in known]:
            raise NotFoundError(Kind.DOCUMENT, *missing)
        return found

    def change(self, asker: Principal, document_id: str, changes: DocumentChange) -> DocumentRecord:
        """Change what is given of a document and return it."""
        dataset_id = self.documents.locate(asker, document_id).dataset_id
        return self.documents.update(asker, dataset_id, document_id, changes)

    def set_enabled(
        self, asker: Principal, ids: Sequence[str], *, enabled: bool
    ) -> list[DocumentRecord]:
        """Let searches find documents, or not any more; return the documents."""
        changes = DocumentChange(enabled=enabled)
        return [
            document
            if bool(document.enabled) is enabled
            else self.documents.update(asker, document.dataset_id, document.id, changes)
            for document in self.find_all(asker, ids)
        ]

    def set_enabled_in(
        self, asker: Principal, dataset_id: str, ids: Sequence[str], *, enabled: bool
    ) -> list[DocumentRecord]:
        """Do the same to documents of a dataset; raises NotFoundError if one is of another."""
        database = self.documents.database
        with connection(database):
            opened_dataset(database, asker, dataset_id)
        found = self.find_all(asker, ids)
        if strangers := [item.id for item in found if item.dataset_id != dataset_id]:
            raise NotFoundError(Kind.DOCUMENT, *strangers)
        return self.set_enabled(asker, ids, enabled=enabled)

    def delete(self, asker: Principal, ids: Sequence[str]) -> None:
        """Delete documents with their chunks and files."""
        for dataset_id, some in by_dataset(self.find_all(asker, ids)).items():
            self.documents.delete(asker, dataset_id, some)


def by_dataset(documents: Sequence[DocumentRecord]) -> Mapping[str, list[str]]:
    """Return the ids of documents by dataset."""
    found: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        found[document.dataset_id].append(document.id)
    return found
