"""Datasets, as the console's pages make, list and change them."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.console.dataset import (
    KbChange,
    KbId,
    KbIdsQuery,
    KbModel,
    KbOwners,
    KbQuery,
    KbRequest,
    present_cards,
    present_kb,
    present_made,
    present_metadata,
    present_sized,
)

blueprint = Blueprint("kb", __name__)


@blueprint.post("/create")
@login_required
def create() -> Response:
    """Create a dataset."""
    made = services().library.datasets.create(principal(), json_body(KbRequest).wanted())
    return success(present_made(made))


@blueprint.post("/list")
@reads_only
@login_required
def list_datasets() -> Response:
    """List datasets with their owners."""
    query = query_arguments(KbQuery)
    wanted = query.wanted(json_body(KbOwners))
    found = services().library.overview.list_datasets(principal(), wanted, query.part())
    after = query.next_after([owned.dataset for owned in found.datasets])
    return followed(success(present_cards(found, query)), after)


@blueprint.get("/detail")
@reads_only
@login_required
def detail() -> Response:
    """Show a dataset."""
    kb_id = query_arguments(KbId).kb_id
    return success(present_sized(services().library.overview.show_dataset(principal(), kb_id)))


@blueprint.post("/update")
@login_required
def update() -> Response:
    """Change a dataset."""
    wanted = json_body(KbChange)
    changed = services().library.datasets.update(principal(), wanted.kb_id, wanted.change())
    return success(present_kb(changed))


@blueprint.post("/rm")
@login_required
def rm() -> Response:
    """Delete a dataset with all that is in it."""
    services().library.datasets.delete(principal(), [json_body(KbId).kb_id])
    return success(data=True)


@blueprint.post("/check_embedding")
@login_required
def check_embedding() -> Response:
    """Answer whether a dataset can get another embedding model."""
    wanted = json_body(KbModel)
    services().library.datasets.check_model(principal(), wanted.kb_id, wanted.embd_id)
    return success(data=True)


@blueprint.get("/get_meta")
@login_required
def get_meta() -> Response:
    """Show the values that the metadata of datasets' documents have."""
    chosen = query_arguments(KbIdsQuery).chosen()
    return success(present_metadata(services().library.overview.metadata(principal(), chosen)))
