"""Ranking texts by their relevance to a question."""

import orjson
from flask import Blueprint, Response, request

from api.apps.rerank.door import DOOR, key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.responses import JSON
from api.schemas.rerank.ranking import (
    RerankRequest,
    present_ranking,
    present_scores,
    present_voyage,
)

blueprint = Blueprint("ranking", __name__)

BARE = "/rerank"
"""Where clients disagree: to some a document is an object, to some a text, and each fails on the
other. So none are returned there."""


@key_required
def rank() -> Response:
    """Rank documents by their relevance, or texts in the form of TEI; Voyage's form is served."""
    body = json_body(RerankRequest)
    contents = body.contents()
    reranking = services().models.reranking
    found = reranking.rank(principal(), body.model, body.query, contents, body.most)
    if body.texts:
        shown = contents if body.return_text else []
        return Response(orjson.dumps(present_scores(found, shown)), mimetype=JSON)
    if body.is_of_voyage:
        return success(present_voyage(found, contents if body.return_documents else []))
    wanted = body.return_documents and request.path != BARE
    return success(present_ranking(found, body.shown(contents) if wanted else []))


for path in DOOR.paths:
    blueprint.add_url_rule(path, view_func=rank, methods=["POST"])
