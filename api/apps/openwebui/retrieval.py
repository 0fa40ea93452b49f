"""Questions to collections, which are knowledge bases and files."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.openwebui.retrieval import (
    CollectionQuestion,
    DocumentQuestion,
    PlainQuestion,
    present_document_passages,
    present_passages,
)
from api.services.stores.passages import Wish

blueprint = Blueprint("retrieval", __name__)


@blueprint.post("/api/v1/retrieval/query/doc")
@signed_in_only
def query_one() -> Response:
    """Find the passages of a collection that fit a question, best first."""
    body = json_body(DocumentQuestion)
    asked = (principal(), body.references(), body.query, body.wish())
    return success(present_document_passages(services().stores.passages.find(*asked)))


@blueprint.post("/api/v1/retrieval/query/collection")
@signed_in_only
def query_several() -> Response:
    """Find the passages of several collections that fit a question, best first."""
    body = json_body(CollectionQuestion)
    asked = (principal(), body.references(), body.query, body.wish())
    return success(present_passages(services().stores.passages.find(*asked)))


@blueprint.get("/api/v1/retrieval/query")
@signed_in_only
def query_plainly() -> Response:
    """Do the same by `query`, `collection` or `knowledge_id`, and `k`."""
    wanted = query_arguments(PlainQuestion)
    asked = (principal(), wanted.references(), wanted.question(), Wish(wanted.k))
    return success(present_passages(services().stores.passages.find(*asked)))
