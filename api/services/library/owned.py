"""Finding what a tenant owns; what is somebody else's is answered like what does not exist."""

from collections.abc import Iterable
from typing import Any

from api.db.models.dataset import Dataset
from api.db.models.document import Document
from api.db.rows import dict_rows, first_row
from api.errors import NotFoundError
from api.services.library.names import is_id


def dataset_of(tenant_id: str, dataset_id: str, *columns: Any) -> dict[str, Any] | None:
    """Return a dataset's row, or None; `columns` names those that are needed beside the id."""
    if not is_id(dataset_id):
        return None
    owned = (Dataset.id == dataset_id) & (Dataset.tenant_id == tenant_id)
    return first_row(Dataset.select(Dataset.id, *columns).where(owned))


def check_dataset(tenant_id: str, dataset_id: str, refusal: str = "") -> None:
    """Raise NotFoundError, with `refusal` or the usual words, for a dataset that is not there."""
    if dataset_of(tenant_id, dataset_id) is None:
        raise NotFoundError(refusal or f"You don't own the dataset {dataset_id}.")


def document_of(
    tenant_id: str, dataset_id: str, document_id: str, refusal: str = ""
) -> dict[str, Any]:
    """Return a document's row; raises NotFoundError for it or its dataset."""
    check_dataset(tenant_id, dataset_id)
    found = documents_of(dataset_id, [document_id])
    if not found:
        raise NotFoundError(refusal or f"You don't own the document {document_id}.")
    return found[0]


def documents_of(dataset_id: str, document_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows of those documents that a dataset has."""
    ids = [document_id for document_id in document_ids if is_id(document_id)]
    chosen = Document.select().where(Document.dataset_id == dataset_id, Document.id.in_(ids))
    return dict_rows(chosen) if ids else []
