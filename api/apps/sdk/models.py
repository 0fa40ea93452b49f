"""Models: which there are, at which providers, and whether they answer."""

from flask import Blueprint, Response

from api.apps.sdk.door import api_key_required, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.sdk.model import (
    AccountRequest,
    ChangedModel,
    DefaultsRequest,
    ModelsQuery,
    NamedModel,
    NamedProvider,
    NewModelRequest,
    TrialRequest,
    present_defaults,
    present_models,
    present_providers,
    present_trial,
)

blueprint = Blueprint("models", __name__)


@blueprint.get("/models")
@api_key_required
def list_models() -> Response:
    """List the models that the tenant may use."""
    kind = query_arguments(ModelsQuery).type
    return success(present_models(services().models.providers.available(principal(), kind)))


@blueprint.post("/models")
@api_key_required
def add() -> Response:
    """Add a model of the tenant's own, or change it."""
    services().models.providers.add_model(principal(), json_body(NewModelRequest).values())
    return success(data=True)


@blueprint.patch("/models")
@api_key_required
def change() -> Response:
    """Switch a model on or off, or change one that was added."""
    services().models.providers.change(principal(), json_body(ChangedModel).values())
    return success(data=True)


@blueprint.delete("/models")
@api_key_required
def delete() -> Response:
    """Delete a model that the tenant has added."""
    wanted = json_body(NamedModel)
    services().models.providers.delete_model(principal(), wanted.provider, wanted.name)
    return success(data=True)


@blueprint.post("/models/test")
@api_key_required
def test() -> Response:
    """Ask a model something short, and tell how it went."""
    wanted, trials = json_body(TrialRequest), services().models.trials
    if wanted.model:
        return success(present_trial(trials.stored(principal(), wanted.model, wanted.type)))
    return success(present_trial(trials.new(principal(), wanted.values())))


@blueprint.get("/models/providers")
@api_key_required
def list_providers() -> Response:
    """List the providers that the server knows, and which of them the tenant has set up."""
    return success(present_providers(services().models.providers.seen(principal())))


@blueprint.put("/models/providers")
@api_key_required
def set_up() -> Response:
    """Store the tenant's key for a provider."""
    services().models.providers.set_api_key(principal(), json_body(AccountRequest).values())
    return success(data=True)


@blueprint.delete("/models/providers")
@api_key_required
def leave() -> Response:
    """Delete the tenant's key for a provider, and the models that it added there."""
    services().models.providers.delete_provider(principal(), json_body(NamedProvider).provider)
    return success(data=True)


@blueprint.get("/models/defaults")
@api_key_required
def defaults() -> Response:
    """Show the models that the tenant uses by default."""
    return success(present_defaults(services().accounts.tenants.info(principal())))


@blueprint.put("/models/defaults")
@api_key_required
def set_defaults() -> Response:
    """Change the models that the tenant uses by default."""
    services().accounts.tenants.change(principal(), json_body(DefaultsRequest).changes())
    return success(data=True)
