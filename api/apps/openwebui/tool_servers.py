"""Servers of tools: connected by administrators, and offered to whom they are granted."""

from flask import Blueprint, Response

from api.apps.openwebui.door import signed_in_only, success
from api.http.authentication import operators_only, reads_only
from api.http.context import principal, services
from api.http.requests import json_body
from api.schemas.openwebui.tool import (
    ToolServerRequest,
    ToolServersRequest,
    present_servers,
    present_verified,
)
from api.services.tools.servers import ToolServerService

SERVERS = "/api/v1/configs/tool_servers"

blueprint = Blueprint("tool_servers", __name__)


def kept() -> ToolServerService:
    """Return what keeps servers of tools."""
    return services().webui.tools.servers


@blueprint.get(SERVERS)
@reads_only
@signed_in_only
@operators_only
def list_servers() -> Response:
    """List the servers of tools, whose secrets are hidden."""
    return success(present_servers(kept().every(principal())))


@blueprint.post(SERVERS)
@signed_in_only
@operators_only
def replace_servers() -> Response:
    """Let there be these servers of tools, in this order, and no others."""
    wanted = json_body(ToolServersRequest).servers()
    return success(present_servers(kept().replace(principal(), wanted)))


@blueprint.post(f"{SERVERS}/verify")
@signed_in_only
@operators_only
def verify() -> Response:
    """Ask a server for its tools, whether it is connected or not."""
    wanted = json_body(ToolServerRequest).server()
    return success(present_verified(kept().verify(principal(), wanted)))
