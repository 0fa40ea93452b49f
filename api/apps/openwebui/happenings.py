"""What the server tells other servers of as it happens, and where; for administrators."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only
from api.http.context import services
from api.http.requests import json_body
from api.schemas.openwebui.happening import (
    HookRequest,
    NewHookRequest,
    present_catalogue,
    present_deleted,
    present_hook,
    present_hooks,
)
from api.services.webhooks.keeping import SERVER, WebhookKeeper

HOOKS = "/api/events/webhooks"

blueprint = Blueprint("happenings", __name__)


def kept() -> WebhookKeeper:
    """Return what keeps addresses."""
    return services().webui.hooks.keeper


@blueprint.get("/api/events")
@signed_in_only
@operators_only
def catalogue() -> Response:
    """Show all that others can be told of."""
    return success(present_catalogue(services().operations.system.version))


@blueprint.get(HOOKS)
@signed_in_only
@operators_only
def list_webhooks() -> Response:
    """List who is told, and of what."""
    return success(present_hooks(kept().every(SERVER)))


@blueprint.post(HOOKS)
@signed_in_only
@operators_only
def create() -> Response:
    """Keep an address; its secret is shown whole this once."""
    made = kept().create(SERVER, json_body(NewHookRequest).text())
    return success(present_hook(made, is_new=True))


@blueprint.put(f"{HOOKS}/<event_hook_id>")
@signed_in_only
@operators_only
def change(event_hook_id: str) -> Response:
    """Change an address; what is left out stays."""
    text = json_body(HookRequest).text()
    return success(present_hook(kept().change(SERVER, event_hook_id.replace("-", ""), text)))


@blueprint.delete(f"{HOOKS}/<event_hook_id>")
@signed_in_only
@operators_only
def delete(event_hook_id: str) -> Response:
    """Delete an address with what it is still to be told."""
    kept().delete(SERVER, event_hook_id.replace("-", ""))
    return success(present_deleted())
