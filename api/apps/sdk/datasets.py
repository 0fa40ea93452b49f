"""REST pages of datasets."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, dialect, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, path_arguments, query_arguments
from api.schemas.sdk.dataset import (
    DatasetChangeRequest,
    DatasetDeletion,
    DatasetList,
    DatasetPath,
    DatasetQuery,
    DatasetRequest,
    ModelCheckRequest,
)
from api.schemas.sdk.tally import present_tally

blueprint = Blueprint("datasets", __name__)


@blueprint.post("/datasets")
@api_key_required
def create_dataset() -> Response:
    """Create a dataset."""
    made = services().library.datasets.create(principal(), json_body(DatasetRequest).wanted())
    return success(dialect().present_dataset(made, None))


@blueprint.get("/datasets")
@reads_only
@api_key_required
def list_datasets() -> Response:
    """List datasets."""
    query = query_arguments(DatasetQuery)
    datasets, present = services().library.datasets, dialect().present_dataset
    found, total = datasets.list_page(principal(), query.wanted(), query.part())
    levels = datasets.levels(principal(), found)
    shown: DatasetList = query.chosen([present(one, levels.get(one.id)) for one in found])
    return followed(success(shown, total_datasets=total), query.next_after(found))


@blueprint.get("/datasets/<dataset_id>")
@reads_only
@api_key_required
def get_dataset(dataset_id: str) -> Response:
    """Show a dataset."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    datasets = services().library.datasets
    found = datasets.get(principal(), wanted)
    return success(dialect().present_dataset(found, datasets.level(principal(), found)))


@blueprint.put("/datasets/<dataset_id>")
@api_key_required
def update_dataset(dataset_id: str) -> Response:
    """Change a dataset."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    change = json_body(DatasetChangeRequest).change()
    datasets = services().library.datasets
    changed = datasets.update(principal(), wanted, change)
    return success(dialect().present_dataset(changed, datasets.level(principal(), changed)))


@blueprint.delete("/datasets")
@api_key_required
def delete_datasets() -> Response:
    """Delete datasets."""
    count = services().library.datasets.delete(principal(), json_body(DatasetDeletion).chosen())
    return success(present_tally(count) if dialect().counts else None)


@blueprint.post("/datasets/<dataset_id>/embedding/check")
@api_key_required
def check_embedding(dataset_id: str) -> Response:
    """Answer whether a dataset can get another embedding model."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    model = json_body(ModelCheckRequest).embd_id
    services().library.datasets.check_model(principal(), wanted, model)
    return success(data=True)
