"""The models: assistants, and what embeds and ranks."""

from flask import Blueprint, Response

from api.apps.openai.door import bases, key_required, success
from api.errors import NotFoundError
from api.http.context import principal, services
from api.schemas.openai.model import present_assistant, present_models, present_named

blueprint = Blueprint("models", __name__)


@key_required
def list_models() -> Response:
    """List the assistants, and the models that embed and rank by default."""
    found = services().chats.chats.list_all(principal())
    models, tenant_id = services().models.models, principal().tenant_id
    others = (models.default_embedding(tenant_id), models.default_rerank(tenant_id))
    return success(present_models(found, filter(None, others)))


@key_required
def show_model(model_id: str) -> Response:
    """Show an assistant by its name or id, or a model that embeds or ranks."""
    chats = services().chats.chats
    try:
        found = chats.get(principal(), chats.named(principal(), model_id))
    except NotFoundError:
        services().models.models.check_beside_chat(principal().tenant_id, model_id)
        return success(present_named(model_id))
    return success(present_assistant(found))


for path in bases("/models"):
    blueprint.add_url_rule(path, view_func=list_models)
    blueprint.add_url_rule(f"{path}/<path:model_id>", view_func=show_model)
