"""REST pages of datasets."""

from flask import Blueprint, Response

from api.http.authentication import api_key_required, reads_only
from api.http.context import principal, services, tenant_id
from api.http.requests import json_body, query_arguments
from api.http.responses import success
from api.schemas.sdk.dataset import DatasetChange, DatasetDeletion, DatasetQuery, DatasetRequest

blueprint = Blueprint("datasets", __name__)


@blueprint.post("/datasets")
@api_key_required
def create_dataset() -> Response:
    """Create a dataset."""
    return success(services().library.datasets.create(principal(), json_body(DatasetRequest)))


@blueprint.get("/datasets")
@reads_only
@api_key_required
def list_datasets() -> Response:
    """List datasets."""
    query = query_arguments(DatasetQuery)
    datasets, total = services().library.datasets.list_page(tenant_id(), query)
    return success(datasets, total_datasets=total)


@blueprint.get("/datasets/<dataset_id>")
@reads_only
@api_key_required
def get_dataset(dataset_id: str) -> Response:
    """Show a dataset."""
    return success(services().library.datasets.get(tenant_id(), dataset_id))


@blueprint.put("/datasets/<dataset_id>")
@api_key_required
def update_dataset(dataset_id: str) -> Response:
    """Change a dataset."""
    body = json_body(DatasetChange)
    return success(services().library.datasets.update(tenant_id(), dataset_id, body))


@blueprint.delete("/datasets")
@api_key_required
def delete_datasets() -> Response:
    """Delete datasets."""
    services().library.datasets.delete(tenant_id(), json_body(DatasetDeletion))
    return success()
