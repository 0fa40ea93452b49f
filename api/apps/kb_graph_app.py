"""Graphs, summaries and tags of datasets, which are not built: there are none."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.errors import NotBuiltError
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.console.dataset import KbId, KbIdsQuery
from api.schemas.console.graph import (
    UnbindQuery,
    no_graph,
    no_run,
    no_tags,
)

NOUN = "kb"

blueprint = Blueprint("kb_graph", __name__)


@blueprint.get("/<dataset_id>/knowledge_graph")
@reads_only
@login_required
def graph(dataset_id: str) -> Response:
    """Show the graph of a dataset, which is empty."""
    services().library.datasets.get(principal(), dataset_id)
    return success(no_graph())


@blueprint.delete("/<dataset_id>/knowledge_graph")
@login_required
def delete_graph(dataset_id: str) -> Response:
    """Delete the graph of a dataset: there is none any more, as before."""
    services().library.datasets.get(principal(), dataset_id)
    return success(data=True)


@blueprint.get("/trace_graphrag")
@blueprint.get("/trace_raptor")
@blueprint.get("/trace_mindmap")
@reads_only
@login_required
def trace() -> Response:
    """Show how far such a run has come: there never was one."""
    services().library.datasets.get(principal(), query_arguments(KbId).kb_id)
    return success(no_run())


@blueprint.delete("/unbind_task")
@login_required
def unbind() -> Response:
    """Forget such a run: there is none any more, as before."""
    services().library.datasets.get(principal(), query_arguments(UnbindQuery).kb_id)
    return success(data=True)


@blueprint.get("/<dataset_id>/tags")
@reads_only
@login_required
def tags(dataset_id: str) -> Response:
    """List the tags of a dataset's chunks: none."""
    services().library.datasets.get(principal(), dataset_id)
    return success(no_tags())


@blueprint.get("/tags")
@reads_only
@login_required
def tags_of_all() -> Response:
    """List the tags of several datasets' chunks: none."""
    services().library.overview.check_readable(principal(), query_arguments(KbIdsQuery).chosen())
    return success(no_tags())


@blueprint.post("/run_graphrag")
@blueprint.post("/run_raptor")
@blueprint.post("/run_mindmap")
@blueprint.post("/<dataset_id>/rm_tags")
@blueprint.post("/<dataset_id>/rename_tag")
@login_required
def refuse(dataset_id: str = "") -> Response:
    """Refuse to make a graph, summaries or a mind map of a dataset, and to change tags."""
    del dataset_id
    raise NotBuiltError("Graphs, summaries, mind maps and tags of datasets")
