"""REST pages of the metadata of a dataset's documents."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, path_arguments, query_arguments
from api.schemas.sdk.dataset import (
    AutoMetadataRequest,
    DatasetPath,
    present_auto_metadata,
)
from api.schemas.sdk.metadata import (
    DatasetsQuery,
    MetadataEditRequest,
    present_edited,
    present_flattened,
    present_summary,
)

blueprint = Blueprint("metadata", __name__)

CONFIG = "/datasets/<dataset_id>/metadata/config"


@blueprint.get(CONFIG)
@reads_only
@api_key_required
def get_config(dataset_id: str) -> Response:
    """Show what a model is to find in the documents of a dataset."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    return success(present_auto_metadata(services().library.datasets.get(principal(), wanted)))


@blueprint.put(CONFIG)
@api_key_required
def put_config(dataset_id: str) -> Response:
    """Store what a model is to find in the documents of a dataset."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    change = json_body(AutoMetadataRequest).change()
    changed = services().library.datasets.update(principal(), wanted, change)
    return success(present_auto_metadata(changed))


@blueprint.get("/datasets/<dataset_id>/metadata/summary")
@reads_only
@api_key_required
def summary(dataset_id: str) -> Response:
    """Show the values in the metadata of a dataset's documents, with how many have each."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    return success(present_summary(services().library.documents.summarize(principal(), wanted)))


@blueprint.get("/datasets/metadata/flattened")
@reads_only
@api_key_required
def flattened() -> Response:
    """Show which documents of some datasets have which values in their metadata."""
    chosen = query_arguments(DatasetsQuery).chosen()
    return success(present_flattened(services().library.overview.metadata(principal(), chosen)))


@blueprint.post("/datasets/<dataset_id>/metadata/update")
@blueprint.patch("/datasets/<dataset_id>/documents/metadatas")
@api_key_required
def edit(dataset_id: str) -> Response:
    """Change the metadata of many documents of a dataset."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    asked = json_body(MetadataEditRequest)
    edits = services().library.metadata_edits
    return success(present_edited(edits.edit(principal(), wanted, asked.chosen(), asked.edit())))
