"""Finding what a tenant owns; what is somebody else's is answered like what does not exist."""

from typing import Any

from api.db.models.dataset import Dataset
from api.db.rows import first_row
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
