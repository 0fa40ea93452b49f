"""MCP servers that agents would call, which are not built."""

from api.apps.door import DOOR
from api.http.absent import refusing

blueprint = refusing(DOOR, "mcp_server", "Calling MCP servers of others")
