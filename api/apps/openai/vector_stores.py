"""Vector stores: datasets, and searches of them."""

from flask import Blueprint, Response

from api.apps.openai.door import key_required, success
from api.http.authentication import reads_only
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openai.naming import ListQuery, bare, present_deleted
from api.schemas.openai.store import (
    StoreChange,
    StoreRequest,
    present_store,
    present_stores,
    store_id,
)
from api.schemas.openai.store_search import SearchRequest, present_results

blueprint = Blueprint("vector_stores", __name__)


@blueprint.post("/v1/vector_stores")
@key_required
def create() -> Response:
    """Make a vector store, and put files into it."""
    body = json_body(StoreRequest)
    made = services().stores.stores.create(principal(), body.wanted(), body.attachments())
    return success(present_store(made))


@blueprint.get("/v1/vector_stores")
@reads_only
@key_required
def list_stores() -> Response:
    """List the vector stores."""
    cursor = query_arguments(ListQuery).cursor()
    return success(present_stores(services().stores.stores.list_part(principal(), cursor)))


@blueprint.get("/v1/vector_stores/<dataset_id>")
@reads_only
@key_required
def show(dataset_id: str) -> Response:
    """Show a vector store."""
    return success(present_store(services().stores.stores.get(principal(), bare(dataset_id))))


@blueprint.post("/v1/vector_stores/<dataset_id>")
@key_required
def change(dataset_id: str) -> Response:
    """Change a vector store."""
    wanted = json_body(StoreChange).change()
    changed = services().stores.stores.update(principal(), bare(dataset_id), wanted)
    return success(present_store(changed))


@blueprint.delete("/v1/vector_stores/<dataset_id>")
@key_required
def delete(dataset_id: str) -> Response:
    """Delete a vector store; files that were put into it stay."""
    services().library.datasets.delete(principal(), [bare(dataset_id)])
    return success(present_deleted(store_id(bare(dataset_id)), "vector_store.deleted"))


@blueprint.post("/v1/vector_stores/<dataset_id>/search")
@key_required
def search(dataset_id: str) -> Response:
    """Search a vector store."""
    body = json_body(SearchRequest)
    searches = body.searches(bare(dataset_id))
    found = services().search.sources.find(principal(), searches, body.max_num_results)
    return success(present_results(body, found))
