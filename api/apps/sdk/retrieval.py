"""Searching datasets."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.sdk.retrieval import RetrievalRequest, present_found

blueprint = Blueprint("retrieval", __name__)


@blueprint.post("/retrieval")
@api_key_required
def retrieve() -> Response:
    """Return the passages that fit a question."""
    body = json_body(RetrievalRequest)
    found = services().search.retrieval.retrieve(
        principal(), body.wanted(), highlight=body.highlight, tokens=body.content_ltks
    )
    return success(present_found(found))
