"""Endpoints of chat models: those of who asks, an administrator."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.errors import NotFoundError
from api.http.authentication import operators_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.provider import (
    OLLAMA,
    OPENAI,
    OllamaRequest,
    OpenAIRequest,
    VerifyRequest,
    present_listed,
    present_no_version,
    present_ollama,
    present_openai,
    with_api,
)
from api.schemas.openwebui.session import present_done
from api.services.models.connections import ConnectionService
from api.things import Kind

blueprint = Blueprint("providers", __name__)


def kept() -> ConnectionService:
    """Return what keeps endpoints."""
    return services().models.connections


@blueprint.get("/openai/config")
@signed_in_only
@operators_only
def show_openai() -> Response:
    """Show the endpoints that speak OpenAI's API; keys are hidden."""
    return success(present_openai(kept().every(principal(), OPENAI)))


@blueprint.post("/openai/config/update")
@signed_in_only
@operators_only
def set_openai() -> Response:
    """Let there be these endpoints, and no others."""
    wanted = json_body(OpenAIRequest).connections()
    return success(present_openai(kept().replace(principal(), OPENAI, wanted)))


@blueprint.post("/openai/verify")
@signed_in_only
@operators_only
def verify_openai() -> Response:
    """Ask an endpoint for its models, whether it is there or not."""
    wanted = json_body(VerifyRequest).connection()
    return success(present_listed(kept().verify(principal(), OPENAI, wanted)))


@blueprint.get("/openai/models")
@signed_in_only
def list_models() -> Response:
    """List the chat models that the asker may use."""
    return success(present_listed(services().models.relays.names(principal())))


@blueprint.get("/openai/models/<number>")
@signed_in_only
@operators_only
def list_models_of(number: str) -> Response:
    """List the models of an endpoint by its place."""
    found = kept().every(principal(), OPENAI)
    by_place = {str(place): one for place, one in enumerate(found)}
    if number not in by_place:
        raise NotFoundError(Kind.ADDRESS, number)
    return success(present_listed(by_place[number].models))


@blueprint.get("/ollama/config")
@signed_in_only
@operators_only
def show_ollama() -> Response:
    """Show the servers of Ollama; keys are hidden."""
    return success(present_ollama(kept().every(principal(), OLLAMA)))


@blueprint.post("/ollama/config/update")
@signed_in_only
@operators_only
def set_ollama() -> Response:
    """Let there be these servers, and no others."""
    wanted = json_body(OllamaRequest).connections()
    return success(present_ollama(kept().replace(principal(), OLLAMA, wanted)))


@blueprint.post("/ollama/verify")
@signed_in_only
@operators_only
def verify_ollama() -> Response:
    """Ask a server of Ollama for its models, whether it is there or not."""
    given = json_body(VerifyRequest).connection()
    wanted = given._replace(url=with_api(given.url))
    return success(present_listed(kept().verify(principal(), OLLAMA, wanted)))


@blueprint.get("/ollama")
@signed_in_only
def ollama() -> Response:
    """Say that models of Ollama can be had here."""
    return success(present_done())


@blueprint.get("/ollama/api/version")
@signed_in_only
def ollama_version() -> Response:
    """Say that the version of Ollama is not asked for."""
    return success(present_no_version())
