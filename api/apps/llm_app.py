"""Model providers: which there are, which a tenant has set up, and with which keys."""

from flask import Blueprint, Response

from api.apps.door import login_required, success
from api.http.context import principal, services
from api.http.requests import json_body, query_arguments
from api.schemas.console.model import (
    AddModelRequest,
    ApiKeyRequest,
    DeleteModelRequest,
    DeleteProviderRequest,
    ModelQuery,
    SwitchRequest,
    UsedQuery,
    present_provider,
    present_usable_model,
    present_used_provider,
)

blueprint = Blueprint("llm", __name__)


@blueprint.get("/factories")
@login_required
def factories() -> Response:
    """List the providers that the server knows."""
    return success([present_provider(known) for known in services().models.providers.known()])


@blueprint.get("/my_llms")
@login_required
def my_llms() -> Response:
    """List the providers that the tenant has set up, with their models."""
    details = query_arguments(UsedQuery).include_details
    found = services().models.providers.used(principal())
    return success(
        {used.provider.name: present_used_provider(used, details=details) for used in found}
    )


@blueprint.get("/list")
@login_required
def list_models() -> Response:
    """List the models that the tenant may use, by provider, also under their further names."""
    kind = query_arguments(ModelQuery).model_type
    found = services().models.providers.choices(principal(), kind)
    return success(
        {name: [present_usable_model(model) for model in models] for name, models in found.items()}
    )


@blueprint.post("/set_api_key")
@login_required
def set_api_key() -> Response:
    """Store the tenant's key for a provider."""
    services().models.providers.set_api_key(principal(), json_body(ApiKeyRequest).values())
    return success(data=True)


@blueprint.post("/add_llm")
@login_required
def add_llm() -> Response:
    """Add a model of the tenant's own, behind an OpenAI-compatible endpoint."""
    services().models.providers.add_model(principal(), json_body(AddModelRequest).values())
    return success(data=True)


@blueprint.post("/enable_llm")
@login_required
def enable_llm() -> Response:
    """Switch a model on or off."""
    wanted = json_body(SwitchRequest)
    named = (wanted.llm_factory, wanted.llm_name)
    services().models.providers.switch(principal(), *named, on=wanted.status)
    return success(data=True)


@blueprint.post("/delete_llm")
@login_required
def delete_llm() -> Response:
    """Delete a model that the tenant added."""
    request = json_body(DeleteModelRequest)
    services().models.providers.delete_model(principal(), request.llm_factory, request.llm_name)
    return success(data=True)


@blueprint.post("/delete_factory")
@login_required
def delete_factory() -> Response:
    """Delete the tenant's key for a provider and the models it added there."""
    request = json_body(DeleteProviderRequest)
    services().models.providers.delete_provider(principal(), request.llm_factory)
    return success(data=True)
