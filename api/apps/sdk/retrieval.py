"""Searching datasets."""

from flask import Blueprint, Response

from api.http.authentication import api_key_required
from api.http.context import services, tenant_id
from api.http.requests import json_body
from api.http.responses import success
from api.schemas.sdk.retrieval import RetrievalRequest

blueprint = Blueprint("retrieval", __name__)


@blueprint.post("/retrieval")
@api_key_required
def retrieve() -> Response:
    """Return the passages that fit a question."""
    return success(services().search.retrieval.retrieve(tenant_id(), json_body(RetrievalRequest)))
