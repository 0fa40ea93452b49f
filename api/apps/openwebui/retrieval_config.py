"""How passages are found for chats, for administrators."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.choosing import choose
from api.http.context import services
from api.http.requests import json_body
from api.schemas.openwebui.panel_retrieval import (
    EmbeddingRequest,
    RetrievalRequest,
    present_embedding,
    present_retrieval,
)

RETRIEVAL = "/api/v1/retrieval"

blueprint = Blueprint("retrieval_config", __name__)


@blueprint.get(f"{RETRIEVAL}/config")
@signed_in_only
@operators_only
def show() -> Response:
    """Show how passages are found for chats, and what files may be."""
    return success(present_retrieval(services().live.current))


@blueprint.post(f"{RETRIEVAL}/config/update")
@signed_in_only
@operators_only
def change() -> Response:
    """Change that: these are settings of the server."""
    values = json_body(RetrievalRequest).values(services().live.current)
    return success(present_retrieval(choose(values)))


@blueprint.get(f"{RETRIEVAL}/embedding")
@signed_in_only
@operators_only
def show_embedding() -> Response:
    """Show which model embeds the texts of datasets that are made from now on."""
    return success(present_embedding(services().live.current))


@blueprint.post(f"{RETRIEVAL}/embedding/update")
@signed_in_only
@operators_only
def change_embedding() -> Response:
    """Say which model does; what was embedded already stays as it is."""
    values = json_body(EmbeddingRequest).values(services().live.current)
    return success(present_embedding(choose(values)))
