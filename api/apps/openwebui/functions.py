"""Functions in Python: filters, pipes and actions, which administrators keep and switch on."""

from flask import Blueprint, Response

from api.apps.openwebui.door import nothing, signed_in_only, success
from api.http.authentication import operators_only, reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.plugin import (
    CodeRequest,
    FunctionRequest,
    SyncRequest,
    UrlRequest,
    ValvesRequest,
    present_code,
    present_function,
    present_functions,
    present_loaded,
    present_schema,
    present_valves,
)
from api.schemas.openwebui.session import present_truth
from api.services.plugins.plugins import PluginService
from api.services.plugins.records import Family, Which

FUNCTIONS = "/api/v1/functions"
ONE = f"{FUNCTIONS}/id/<function_id>"

blueprint = Blueprint("functions", __name__)


def kept() -> PluginService:
    """Return what keeps functions."""
    return services().webui.tools.plugins.plugins


@blueprint.get(FUNCTIONS)
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the functions: all to administrators, to others those that are on."""
    return success(present_functions(kept().listed(principal(), Family.FUNCTION)))


@blueprint.get(f"{FUNCTIONS}/list")
@reads_only
@signed_in_only
@operators_only
def list_own() -> Response:
    """List all functions with who has kept them."""
    return success(present_functions(kept().listed(principal(), Family.FUNCTION)))


@blueprint.get(f"{FUNCTIONS}/export")
@reads_only
@signed_in_only
@operators_only
def export() -> Response:
    """List all functions with their code."""
    return success(present_functions(kept().exported(principal(), Family.FUNCTION), whole=True))


@blueprint.post(f"{FUNCTIONS}/create")
@signed_in_only
@operators_only
def create() -> Response:
    """Keep a function, whose code is run once to see what it has; it is off at first."""
    made = kept().create(principal(), json_body(FunctionRequest).plugin())
    return success(present_function(made))


@blueprint.post(f"{FUNCTIONS}/sync")
@signed_in_only
@operators_only
def sync() -> Response:
    """Let there be these functions and no others, each on or off: all or none."""
    wanted = [one.switched() for one in json_body(SyncRequest).functions]
    found = services().webui.tools.plugins.sync.sync(principal(), wanted)
    return success(present_functions(found, whole=True))


@blueprint.post(f"{FUNCTIONS}/load/url")
@signed_in_only
@operators_only
def load() -> Response:
    """Fetch code from an address, without keeping or running it."""
    name, content = services().webui.tools.plugins.loader.load(
        principal(), json_body(UrlRequest).url
    )
    return success(present_loaded(name, content))


@blueprint.post("/api/v1/utils/code/format")
@signed_in_only
@operators_only
def format_code() -> Response:
    """Answer with code as it is, which the front end asks for before it is kept."""
    kept().check_on()
    return success(present_code(json_body(CodeRequest).code))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(function_id: str) -> Response:
    """Show a function."""
    return success(present_function(kept().get(principal(), Family.FUNCTION, function_id)))


@blueprint.post(f"{ONE}/update")
@signed_in_only
@operators_only
def change(function_id: str) -> Response:
    """Let a function be what is sent, whose code is run once to see what it has."""
    wanted = json_body(FunctionRequest).plugin()
    return success(present_function(kept().update(principal(), function_id, wanted)))


@blueprint.post(f"{ONE}/toggle")
@signed_in_only
@operators_only
def toggle(function_id: str) -> Response:
    """Switch a function on or off."""
    return success(present_function(kept().switch(principal(), function_id, "is_active")))


@blueprint.post(f"{ONE}/toggle/global")
@signed_in_only
@operators_only
def toggle_global(function_id: str) -> Response:
    """Let a filter or an action be in all answers, or only where a model names it."""
    return success(present_function(kept().switch(principal(), function_id, "is_global")))


@blueprint.delete(f"{ONE}/delete")
@signed_in_only
@operators_only
def delete(function_id: str) -> Response:
    """Delete a function, with what it is set to."""
    kept().delete(principal(), Family.FUNCTION, function_id)
    return success(present_truth(value=True))


@blueprint.get(f"{ONE}/valves")
@reads_only
@signed_in_only
@operators_only
def show_valves(function_id: str) -> Response:
    """Show what a function is set to for everybody."""
    return success(
        present_valves(kept().valves(principal(), Family.FUNCTION, function_id, Which.SERVER))
    )


@blueprint.get(f"{ONE}/valves/spec")
@reads_only
@signed_in_only
@operators_only
def show_spec(function_id: str) -> Response:
    """Show what a function may be set to for everybody, as a JSON schema, or null."""
    row = kept().get(principal(), Family.FUNCTION, function_id).row
    schema = row.schema(Which.SERVER)
    return nothing() if schema is None else success(present_schema(schema))


@blueprint.post(f"{ONE}/valves/update")
@signed_in_only
@operators_only
def set_valves(function_id: str) -> Response:
    """Set a function for everybody."""
    values = json_body(ValvesRequest).values()
    found = kept().set_valves(principal(), Family.FUNCTION, function_id, Which.SERVER, values)
    return success(present_valves(found))


@blueprint.get(f"{ONE}/valves/user")
@reads_only
@signed_in_only
def show_own_valves(function_id: str) -> Response:
    """Show what the asker has set a function to."""
    return success(
        present_valves(kept().valves(principal(), Family.FUNCTION, function_id, Which.PERSON))
    )


@blueprint.get(f"{ONE}/valves/user/spec")
@reads_only
@signed_in_only
def show_own_spec(function_id: str) -> Response:
    """Show what the asker may set a function to, as a JSON schema, or null."""
    row = kept().get(principal(), Family.FUNCTION, function_id).row
    schema = row.schema(Which.PERSON)
    return nothing() if schema is None else success(present_schema(schema))


@blueprint.post(f"{ONE}/valves/user/update")
@signed_in_only
def set_own_valves(function_id: str) -> Response:
    """Set a function for the asker."""
    values = json_body(ValvesRequest).values()
    found = kept().set_valves(principal(), Family.FUNCTION, function_id, Which.PERSON, values)
    return success(present_valves(found))
