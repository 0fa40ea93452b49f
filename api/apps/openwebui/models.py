"""Assistants and chat models of providers, as models."""

from flask import Blueprint, Response

from api.apps.openwebui.door import leading_to_picture, signed_in_only, success
from api.http.context import principal, services
from api.schemas.openwebui.model import present_all

PICTURE = "static/favicon.png"

blueprint = Blueprint("models", __name__)


@signed_in_only
def list_models() -> Response:
    """List the assistants and the chat models that the asker may use."""
    chats = services().chats.chats.list_all(principal())
    return success(present_all(chats, services().models.relays.names(principal())))


@blueprint.get("/api/v1/models/model/profile/image")
@signed_in_only
def picture() -> Response:
    """Lead to the picture of the front end: models have none of their own."""
    return leading_to_picture(PICTURE)


for path in ("/api/models", "/api/v1/models"):
    blueprint.add_url_rule(path, view_func=list_models)
