"""Assistants and chat models of providers, as models."""

import json

from flask import Blueprint, Response

from api.apps.openwebui.door import picture_or, signed_in_only, success
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openwebui.model import in_order, offering, present_all, present_providers
from api.schemas.openwebui.workspace import PictureQuery

PICTURE = "static/favicon.png"

blueprint = Blueprint("models", __name__)


@signed_in_only
def list_models() -> Response:
    """List the assistants, the chat models and the pipes that the asker may use."""
    models = services().webui.workspace.every(principal())
    functions = services().webui.tools.plugins.functions.every(principal())
    named = services().models.relays.names(principal())
    shown = present_all(models, named, functions, services().webui.arena.covers(principal()))
    frontend = services().live.current.frontend
    offered = offering(shown, json.loads(frontend.model_capabilities))
    return success(in_order(offered, json.loads(frontend.model_order)))


@blueprint.get("/api/models/base")
@signed_in_only
def list_base() -> Response:
    """List the chat models of providers, of which assistants are made."""
    return success(present_providers(services().models.relays.names(principal())))


@blueprint.get("/api/v1/models/model/profile/image")
@signed_in_only
def picture() -> Response:
    """Send the picture of a model, or lead to that of the front end."""
    wanted = query_arguments(PictureQuery).id
    return picture_or(services().webui.workspace.picture(principal(), wanted), PICTURE)


for path in ("/api/models", "/api/v1/models"):
    blueprint.add_url_rule(path, view_func=list_models)
