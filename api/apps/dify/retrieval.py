"""Searching datasets for Dify."""

from flask import Blueprint, Response

from api.apps.dify.door import key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.dify.retrieval import RetrievalRequest, present_health, present_records

blueprint = Blueprint("retrieval", __name__)


@blueprint.post("/retrieval")
@blueprint.post("/api/v1/dify/retrieval")
@key_required
def retrieve() -> Response:
    """Return the passages of a dataset that fit a query."""
    wanted = json_body(RetrievalRequest).wanted()
    return success(present_records(services().search.retrieval.search(principal(), wanted)))


@blueprint.get("/api/v1/dify/retrieval/health")
@key_required
def health() -> Response:
    """Answer that the key is valid."""
    return success(present_health())
