"""What has become of parsing the documents of datasets."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.paging import followed
from api.http.requests import json_body, query_arguments
from api.schemas.console.dataset import KbId
from api.schemas.console.parse_log import (
    LogFilter,
    LogQuery,
    no_logs,
    present_logs,
    present_run_counts,
)
from api.services.library.values import DocumentFilter

NOUN = "kb"

blueprint = Blueprint("kb_logs", __name__)


@blueprint.get("/basic_info")
@reads_only
@login_required
def basic_info() -> Response:
    """Count the documents of a dataset by what has become of parsing them."""
    overview = services().library.overview
    kb_id = query_arguments(KbId).kb_id
    return success(
        present_run_counts(overview.count_documents(principal(), kb_id, DocumentFilter()))
    )


@blueprint.post("/list_pipeline_logs")
@reads_only
@login_required
def list_logs() -> Response:
    """List the newest runs of a dataset's documents."""
    query = query_arguments(LogQuery)
    wanted = query.wanted(json_body(LogFilter))
    overview = services().library.overview
    found = overview.list_documents(principal(), query.kb_id, wanted, query.part())
    return followed(success(present_logs(found, query)), query.next_after(found.documents))


@blueprint.post("/list_pipeline_dataset_logs")
@reads_only
@login_required
def list_dataset_logs() -> Response:
    """List the runs over a whole dataset: none, as there are no graphs and no summaries."""
    json_body(LogFilter)
    services().library.datasets.get(principal(), query_arguments(LogQuery).kb_id)
    return success(no_logs())
