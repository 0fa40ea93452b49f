"""Vectors of texts."""

from flask import Blueprint, Response

from api.apps.openai.door import bases, key_required
from api.http.context import principal, services
from api.http.requests import json_body
from api.http.responses import JSON, Json
from api.schemas.openai.embedding import EmbeddingRequest, present_embeddings

blueprint = Blueprint("embeddings", __name__)


@key_required
def embed() -> Response:
    """Return the vectors of texts, in their order."""
    body = json_body(EmbeddingRequest)
    embedding = services().models.embedding
    found = embedding.embed(principal(), body.model, body.texts(), body.dimensions)
    return Json(present_embeddings(body, found), content_type=JSON)


for path in bases("/embeddings"):
    blueprint.add_url_rule(path, view_func=embed, methods=["POST"])
