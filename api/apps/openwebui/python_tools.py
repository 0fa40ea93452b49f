"""Tools: those of servers, and those in Python, which administrators keep."""

from flask import Blueprint, Response

from api.apps.openwebui.door import nothing, signed_in_only, success
from api.http.authentication import operators_only, reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.grant import AccessRequest
from api.schemas.openwebui.plugin import (
    ToolRequest,
    UrlRequest,
    ValvesRequest,
    present_loaded,
    present_schema,
    present_tool,
    present_tools,
    present_valves,
)
from api.schemas.openwebui.session import present_truth
from api.schemas.openwebui.tool import present_offered
from api.services.plugins.plugins import PluginService
from api.services.plugins.records import Family, Which

TOOLS = "/api/v1/tools"
ONE = f"{TOOLS}/id/<tool_id>"

blueprint = Blueprint("python_tools", __name__)


def kept() -> PluginService:
    """Return what keeps tools in Python."""
    return services().webui.tools.plugins.plugins


@blueprint.get(TOOLS)
@reads_only
@signed_in_only
def list_all() -> Response:
    """List the tools that the asker may use: those in Python, and the servers that have some."""
    servers = services().webui.tools.servers.offered(principal())
    return success(present_offered(kept().listed(principal(), Family.TOOL), servers))


@blueprint.get(f"{TOOLS}/list")
@reads_only
@signed_in_only
def list_own() -> Response:
    """List the tools in Python that the asker may use, and whether they may change them."""
    return success(present_tools(kept().listed(principal(), Family.TOOL)))


@blueprint.get(f"{TOOLS}/export")
@reads_only
@signed_in_only
@operators_only
def export() -> Response:
    """List all tools in Python with their code."""
    return success(present_tools(kept().exported(principal(), Family.TOOL), whole=True))


@blueprint.post(f"{TOOLS}/create")
@signed_in_only
@operators_only
def create() -> Response:
    """Keep a tool in Python, whose code is run once to see what it has."""
    return success(present_tool(kept().create(principal(), json_body(ToolRequest).plugin())))


@blueprint.post(f"{TOOLS}/load/url")
@signed_in_only
@operators_only
def load() -> Response:
    """Fetch code from an address, without keeping or running it."""
    name, content = services().webui.tools.plugins.loader.load(
        principal(), json_body(UrlRequest).url
    )
    return success(present_loaded(name, content))


@blueprint.get(ONE)
@reads_only
@signed_in_only
def show(tool_id: str) -> Response:
    """Show a tool in Python."""
    return success(present_tool(kept().get(principal(), Family.TOOL, tool_id)))


@blueprint.post(f"{ONE}/update")
@signed_in_only
@operators_only
def change(tool_id: str) -> Response:
    """Let a tool in Python be what is sent, whose code is run once to see what it has."""
    wanted = json_body(ToolRequest).plugin()
    return success(present_tool(kept().update(principal(), tool_id, wanted)))


@blueprint.post(f"{ONE}/access/update")
@signed_in_only
@operators_only
def set_access(tool_id: str) -> Response:
    """Say who may use a tool in Python: these, and nobody else."""
    wanted = json_body(AccessRequest).reading()
    return success(present_tool(kept().share(principal(), tool_id, wanted)))


@blueprint.delete(f"{ONE}/delete")
@signed_in_only
@operators_only
def delete(tool_id: str) -> Response:
    """Delete a tool in Python, with what it is set to."""
    kept().delete(principal(), Family.TOOL, tool_id)
    return success(present_truth(value=True))


@blueprint.get(f"{ONE}/valves")
@reads_only
@signed_in_only
@operators_only
def show_valves(tool_id: str) -> Response:
    """Show what a tool is set to for everybody."""
    found = kept().valves(principal(), Family.TOOL, tool_id, Which.SERVER)
    return success(present_valves(found))


@blueprint.get(f"{ONE}/valves/spec")
@reads_only
@signed_in_only
@operators_only
def show_spec(tool_id: str) -> Response:
    """Show what a tool may be set to for everybody, as a JSON schema, or null."""
    row = kept().get(principal(), Family.TOOL, tool_id).row
    schema = row.schema(Which.SERVER)
    return nothing() if schema is None else success(present_schema(schema))


@blueprint.post(f"{ONE}/valves/update")
@signed_in_only
@operators_only
def set_valves(tool_id: str) -> Response:
    """Set a tool for everybody."""
    values = json_body(ValvesRequest).values()
    found = kept().set_valves(principal(), Family.TOOL, tool_id, Which.SERVER, values)
    return success(present_valves(found))


@blueprint.get(f"{ONE}/valves/user")
@reads_only
@signed_in_only
def show_own_valves(tool_id: str) -> Response:
    """Show what the asker has set a tool to."""
    found = kept().valves(principal(), Family.TOOL, tool_id, Which.PERSON)
    return success(present_valves(found))


@blueprint.get(f"{ONE}/valves/user/spec")
@reads_only
@signed_in_only
def show_own_spec(tool_id: str) -> Response:
    """Show what the asker may set a tool to, as a JSON schema, or null."""
    row = kept().get(principal(), Family.TOOL, tool_id).row
    schema = row.schema(Which.PERSON)
    return nothing() if schema is None else success(present_schema(schema))


@blueprint.post(f"{ONE}/valves/user/update")
@signed_in_only
def set_own_valves(tool_id: str) -> Response:
    """Set a tool for the asker."""
    values = json_body(ValvesRequest).values()
    found = kept().set_valves(principal(), Family.TOOL, tool_id, Which.PERSON, values)
    return success(present_valves(found))
