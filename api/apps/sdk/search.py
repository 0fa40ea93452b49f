"""Searching datasets, as later clients ask for it."""

from flask import Blueprint, Response, request

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.rest.search import DatasetSearch, DatasetsSearch, present_raw_found

blueprint = Blueprint("search", __name__)

METHODS = ["GET", "POST"]


@blueprint.route("/datasets/search", methods=METHODS)
@api_key_required
def search_datasets() -> Response:
    """Return the passages of some datasets that fit a question."""
    is_read = request.method == "GET"
    body = query_arguments(DatasetsSearch) if is_read else json_body(DatasetsSearch)
    asked = (principal(), body.wanted(), body.search_id)
    return success(present_raw_found(services().chats.asking.retrieve(*asked)))


@blueprint.route("/datasets/<dataset_id>/search", methods=METHODS)
@api_key_required
def search_dataset(dataset_id: str) -> Response:
    """Return the passages of a dataset that fit a question."""
    is_read = request.method == "GET"
    body = query_arguments(DatasetSearch) if is_read else json_body(DatasetSearch)
    asked = (principal(), body.within(dataset_id), body.search_id)
    return success(present_raw_found(services().chats.asking.retrieve(*asked)))
