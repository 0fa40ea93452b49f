"""Assistants as models, and vectors of texts."""

from flask import Blueprint, Response

from api.apps.ollama.door import key_required, success
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.ollama.model import (
    LATEST,
    EmbedRequest,
    ModelRequest,
    OlderEmbedRequest,
    present_embedded,
    present_one,
    present_shown,
    present_tags,
    present_version,
)

blueprint = Blueprint("models", __name__)


@blueprint.get("/tags")
@key_required
def tags() -> Response:
    """List the assistants."""
    return success(present_tags(services().chats.chats.list_all(principal())))


@blueprint.get("/ps")
@key_required
def running() -> Response:
    """List the assistants: each answers at once."""
    return success(present_tags(services().chats.chats.list_all(principal())))


@blueprint.post("/show")
@key_required
def show() -> Response:
    """Show an assistant."""
    name = json_body(ModelRequest).model.removesuffix(LATEST)
    chats = services().chats.chats
    found = chats.get(principal(), chats.named(principal(), name))
    context = services().models.models.context_tokens(found.chat.tenant_id, found.model_name)
    return success(present_shown(found, context))


@blueprint.get("/version")
@key_required
def version() -> Response:
    """Return the version of the server."""
    return success(present_version(services().operations.system.version))


@blueprint.post("/embed")
@key_required
def embed() -> Response:
    """Return the vectors of texts, in their order."""
    body = json_body(EmbedRequest)
    asked = (principal(), body.model.removesuffix(LATEST), body.texts(), body.dimensions)
    return success(present_embedded(body.model, services().models.embedding.embed(*asked)))


@blueprint.post("/embeddings")
@key_required
def embed_one() -> Response:
    """Return the vector of a text, in the older form."""
    body = json_body(OlderEmbedRequest)
    asked = (principal(), body.model.removesuffix(LATEST), [body.prompt])
    return success(present_one(services().models.embedding.embed(*asked)))
