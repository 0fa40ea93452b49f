"""Pages of settings of the front end's administrators; what they change are the server's."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.config.settings import Settings
from api.http.authentication import operators_only
from api.http.choosing import choose
from api.http.context import services
from api.http.requests import json_body
from api.schemas.openwebui.config import ImportedRequest, present_exported_config, present_namespace
from api.schemas.openwebui.panel_interface import (
    BannersRequest,
    ChatsConfigRequest,
    CodeRequest,
    ConnectionsRequest,
    ModelsConfigRequest,
    SubagentsRequest,
    SuggestionsRequest,
    TerminalsRequest,
    VisibilityRequest,
    present_banners,
    present_chats_config,
    present_code,
    present_connections,
    present_model_defaults,
    present_models_config,
    present_subagents,
    present_suggestions,
    present_terminals,
    present_visibility,
)

CONFIGS = "/api/v1/configs"

blueprint = Blueprint("configs", __name__)


def now() -> Settings:
    """Return the settings in force."""
    return services().live.current


@blueprint.get(f"{CONFIGS}/export")
@signed_in_only
@operators_only
def export() -> Response:
    """Show all settings that have a name in this API, by their keys; secrets are hidden."""
    return success(present_exported_config(now()))


@blueprint.get(f"{CONFIGS}/namespace/<namespace>")
@signed_in_only
@operators_only
def show_namespace(namespace: str) -> Response:
    """Show the settings whose keys begin with a name, such as `ui`; secrets are hidden."""
    return success(present_namespace(now(), namespace))


@blueprint.post(f"{CONFIGS}/import")
@signed_in_only
@operators_only
def take() -> Response:
    """Take settings as an export has them: all or none."""
    return success(present_exported_config(choose(json_body(ImportedRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/models")
@signed_in_only
@operators_only
def show_models() -> Response:
    """Show which models a new chat begins with, and which stand where."""
    return success(present_models_config(now()))


@blueprint.post(f"{CONFIGS}/models")
@signed_in_only
@operators_only
def set_models() -> Response:
    """Say which models a new chat begins with, and which stand where."""
    return success(present_models_config(choose(json_body(ModelsConfigRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/models/defaults")
@signed_in_only
def show_defaults() -> Response:
    """Show what holds for all models unless they say otherwise."""
    return success(present_model_defaults(now()))


@blueprint.get(f"{CONFIGS}/banners")
@signed_in_only
def show_banners() -> Response:
    """Show what is said above all chats."""
    return success(present_banners(now()))


@blueprint.post(f"{CONFIGS}/banners")
@signed_in_only
@operators_only
def set_banners() -> Response:
    """Say what is said above all chats."""
    return success(present_banners(choose(json_body(BannersRequest).values(now()))))


@blueprint.post(f"{CONFIGS}/suggestions")
@signed_in_only
@operators_only
def set_suggestions() -> Response:
    """Say which questions a new chat offers."""
    return success(present_suggestions(choose(json_body(SuggestionsRequest).values(now()))))


@blueprint.post(f"{CONFIGS}/interface/visibility")
@signed_in_only
@operators_only
def set_visibility() -> Response:
    """Say which parts of itself the front end shows."""
    return success(present_visibility(choose(json_body(VisibilityRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/connections")
@signed_in_only
@operators_only
def show_connections() -> Response:
    """Show that browsers connect to nothing by themselves."""
    return success(present_connections(now()))


@blueprint.post(f"{CONFIGS}/connections")
@signed_in_only
@operators_only
def set_connections() -> Response:
    """Take that browsers connect to nothing by themselves, and refuse what else there would be."""
    return success(present_connections(choose(json_body(ConnectionsRequest).values(now()))))


@blueprint.get("/api/v1/chats/config")
@signed_in_only
@operators_only
def show_chats() -> Response:
    """Show that chats are not shortened, and tools are not asked about."""
    return success(present_chats_config(now()))


@blueprint.post("/api/v1/chats/config")
@signed_in_only
@operators_only
def set_chats() -> Response:
    """Take that it is so, and refuse what else there would be."""
    return success(present_chats_config(choose(json_body(ChatsConfigRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/subagents")
@signed_in_only
@operators_only
def show_subagents() -> Response:
    """Show that models ask no others."""
    return success(present_subagents(now()))


@blueprint.post(f"{CONFIGS}/subagents")
@signed_in_only
@operators_only
def set_subagents() -> Response:
    """Take that it is so, and refuse what else there would be."""
    return success(present_subagents(choose(json_body(SubagentsRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/code_execution")
@signed_in_only
@operators_only
def show_code() -> Response:
    """Show that no code of chats is run."""
    return success(present_code(now()))


@blueprint.post(f"{CONFIGS}/code_execution")
@signed_in_only
@operators_only
def set_code() -> Response:
    """Take that it is so, and refuse what else there would be."""
    return success(present_code(choose(json_body(CodeRequest).values(now()))))


@blueprint.get(f"{CONFIGS}/terminal_servers")
@signed_in_only
@operators_only
def show_terminals() -> Response:
    """Show that there are no servers of terminals."""
    return success(present_terminals(now()))


@blueprint.post(f"{CONFIGS}/terminal_servers")
@signed_in_only
@operators_only
def set_terminals() -> Response:
    """Take that there are none, and refuse others."""
    return success(present_terminals(choose(json_body(TerminalsRequest).values(now()))))
