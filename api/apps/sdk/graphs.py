"""Graphs of entities and summaries of chunks, of which no dataset has any: what can be read."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import path_arguments
from api.schemas.sdk.dataset import DatasetPath
from api.schemas.sdk.graph import NO_GRAPH, NO_RUN

blueprint = Blueprint("graphs", __name__)

DATASET = "/datasets/<dataset_id>"


@blueprint.get(f"{DATASET}/knowledge_graph")
@blueprint.get(f"{DATASET}/graph")
@reads_only
@api_key_required
def graph(dataset_id: str) -> Response:
    """Show the graph of a dataset: none."""
    check(dataset_id)
    return success(NO_GRAPH)


@blueprint.delete(f"{DATASET}/knowledge_graph")
@blueprint.delete(f"{DATASET}/graph")
@api_key_required
def delete_graph(dataset_id: str) -> Response:
    """Delete the graph of a dataset: there is none any more, as before."""
    check(dataset_id)
    return success(data=True)


@blueprint.get(f"{DATASET}/trace_graphrag")
@blueprint.get(f"{DATASET}/trace_raptor")
@blueprint.get(f"{DATASET}/index")
@reads_only
@api_key_required
def run(dataset_id: str) -> Response:
    """Show how the making of a graph or of summaries goes: none was begun."""
    check(dataset_id)
    return success(NO_RUN)


def check(dataset_id: str) -> None:
    """Refuse a dataset that is not there for the asker."""
    wanted = path_arguments(DatasetPath, dataset_id=dataset_id).dataset_id
    services().library.datasets.get(principal(), wanted)
