"""The models: assistants, and those of providers that answer or embed.

Anthropic's clients ask at the same address, and say so by a header of theirs.
"""

from flask import Blueprint, Response, request

from api.apps.openai.door import any_key_required, bases, success
from api.errors import ArgumentError, NotFoundError
from api.http.context import principal, services
from api.http.requests import query_arguments
from api.schemas.openai.model import (
    ModelAnswer,
    ModelsQuery,
    present_assistant,
    present_listed,
    present_models,
    present_named,
    present_part,
)

blueprint = Blueprint("models", __name__)

VERSION = "anthropic-version"


@any_key_required
def list_models() -> Response:
    """List the assistants, the chat models, and the models that embed and rank by default."""
    chats, models = services().chats.chats.list_all(principal()), services().models
    tenant_id = principal().tenant_id
    beside = (models.models.default_embedding(tenant_id), models.models.default_rerank(tenant_id))
    found = present_models(chats, [*models.relays.names(principal()), *filter(None, beside)])
    if VERSION in request.headers:
        return success(present_part(found, query_arguments(ModelsQuery)))
    return success(found)


@any_key_required
def show_model(model_id: str) -> Response:
    """Show an assistant by its name or id, or a model of any kind."""
    found = found_model(model_id)
    return success(present_listed(found) if VERSION in request.headers else found)


def found_model(model_id: str) -> ModelAnswer:
    """Return a model; raises ArgumentError if there is none."""
    chats, models = services().chats.chats, services().models.models
    try:
        return present_assistant(chats.get(principal(), chats.named(principal(), model_id)))
    except NotFoundError:
        pass
    try:
        models.check_beside_chat(principal().tenant_id, model_id)
    except ArgumentError:
        models.check(principal().tenant_id, "chat", model_id)
    return present_named(model_id)


for path in bases("/models"):
    blueprint.add_url_rule(path, view_func=list_models)
    blueprint.add_url_rule(f"{path}/<path:model_id>", view_func=show_model)
