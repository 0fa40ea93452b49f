"""Servers of tools as they are used: asked for what they have, and called."""

from collections.abc import Mapping

from api.errors import FetchError
from api.fetching.calls import Caller, Request
from api.services.tools.mcp import McpClient
from api.services.tools.openapi import Way, described, request_of
from api.services.tools.records import Protocol, Secrets, ServerText, Tool

MOST_BYTES = 1 << 20
"""Bytes of what comes of a call."""

FAILED = range(300, 600)
READABLE = ("json", "xml", "text/", "yaml")


def headers_of(secrets: Secrets) -> dict[str, str]:
    """Return what a server is told of who asks."""
    bearer = {"Authorization": f"Bearer {secrets.key}"} if secrets.key else {}
    return {**secrets.headers, **bearer}


def listing(caller: Caller, text: ServerText, secrets: Secrets, seconds: float) -> list[Tool]:
    """Return the tools of a server that are offered; raises FetchError."""
    server = OpenServer(caller, text, secrets, seconds)
    try:
        return server.tools()
    finally:
        server.close()


class OpenServer:
    """A server that is used for an answer; nothing is sent before the first call."""

    def __init__(self, caller: Caller, text: ServerText, secrets: Secrets, seconds: float) -> None:
        """Initialize with where it is, and what it is told of who asks."""
        self.name = text.name
        self.text = text
        self.caller = caller
        self.seconds = seconds
        self.headers = headers_of(secrets)
        self.mcp = McpClient(caller, text.url, self.headers, seconds, MOST_BYTES)

    def tools(self) -> list[Tool]:
        """Return the tools that are offered; raises FetchError."""
        if self.text.protocol == Protocol.MCP:
            found = self.mcp.tools()
        else:
            found = described(self.caller, self.text, self.headers, self.seconds)
        return [tool for tool in found if is_offered(self.text.offers, tool.name)]

    def call(self, tool: Tool, arguments: Mapping[str, object], seconds: float) -> str:
        """Return what comes of a call that may take some seconds, as text; raises RaglanError."""
        self.seconds = self.mcp.seconds = seconds
        if isinstance(tool.way, Way):
            return self.requested(request_of(self.text, tool.way, arguments, self.headers))
        return self.mcp.call(tool.name, arguments)

    def requested(self, request: Request) -> str:
        """Return what a request brings as text; raises FetchError, also for a failure."""
        limited = Request(
            request.method, request.url, request.headers, request.body, self.seconds, MOST_BYTES
        )
        with self.caller.call(limited) as reply:
            content = reply.content()
        kind = reply.media_type
        text = content.decode("utf-8", "replace")
        if content and kind and not any(one in kind for one in READABLE):
            text = f"[{kind}, {len(content):,} bytes]"
        if reply.status in FAILED:
            raise FetchError(f"The server answered {reply.status}: {text[:2000]}")
        return text

    def close(self) -> None:
        """End a session, if there is one."""
        self.mcp.close()


def is_offered(offers: str, name: str) -> bool:
    """Return whether a tool is offered, as a list of names says."""
    names = [one.strip() for one in offers.split(",") if one.strip()]
    wanted = [one for one in names if not one.startswith("!")]
    return f"!{name}" not in names and (not wanted or name in wanted)
