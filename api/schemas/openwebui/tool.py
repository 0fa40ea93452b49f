"""Tools as Open WebUI's clients have them, and the servers that have these."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import NotBuiltError
from api.schemas.base import NullFreeRequest, StorableText, UnbuiltFlag
from api.schemas.openwebui.grant import (
    GrantAnswer,
    Grants,
    distinct_grants,
    present_grants,
)
from api.schemas.openwebui.plugin import PythonToolAnswer, SpecAnswer, present_tools
from api.services.accounts.grant_records import Level
from api.services.plugins.records import Plugin
from api.services.tools.records import (
    NewServer,
    Protocol,
    Secrets,
    ServerRow,
    ServerText,
    Tool,
    ToolServer,
)
from api.services.tools.servers import MOST

HIDDEN = "********"
"""What a secret is shown as; sent back it stays what it is."""

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}")
"""The name of a header (RFC 9110)."""

OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent"}
)
"""Headers that the server writes itself."""


def as_url(given: str) -> str:
    """Return an address; raises ValueError for one of another kind."""
    if not given.startswith(("http://", "https://")):
        raise ValueError("it must begin with http:// or https://")
    return given


def as_called(given: str) -> str:
    """Return the id of a server; raises ValueError for one with blanks or colons."""
    if any(one.isspace() or one == ":" for one in given):
        raise ValueError("give letters, digits, or any of - _ .")
    return given


def as_header(given: str) -> str:
    """Return the name of a header; raises ValueError for what is none, or the server's own."""
    if not NAME.fullmatch(given) or given.lower() in OURS:
        raise ValueError("this is no header that could be given here")
    return given


def as_header_value(given: str) -> str:
    """Return the value of a header; raises ValueError for one of several lines."""
    if not given.isascii() or not given.isprintable():
        raise ValueError("give printable ASCII")
    return given


Url = Annotated[StorableText, Field(max_length=1000), AfterValidator(as_url)]
Called = Annotated[StorableText, Field(max_length=64), AfterValidator(as_called)]
HeaderName = Annotated[str, AfterValidator(as_header)]
HeaderValue = Annotated[str, Field(max_length=10_000), AfterValidator(as_header_value)]
Short = Annotated[StorableText, Field(max_length=255)]


class ServerConfigRequest(NullFreeRequest):
    """Whether a server is offered, which of its tools are, and to whom."""

    enable: bool = True
    function_name_filter_list: StorableText = Field("", max_length=10_000)
    access_grants: Grants | None = None


class ServerInfoRequest(NullFreeRequest):
    """What a server is called."""

    id: Called = ""
    name: Short = ""
    description: StorableText = Field("", max_length=10_000)


class ToolServerRequest(NullFreeRequest):
    """A server of tools."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"url": "https://tools.example.org", "type": "openapi"}]}
    )

    url: Url
    path: StorableText = Field("openapi.json", max_length=1000)
    type: Literal["openapi", "mcp"] = "openapi"
    auth_type: str = Field("bearer", max_length=64)
    key: HeaderValue = ""
    headers: dict[HeaderName, HeaderValue] = Field({}, max_length=32)
    forward_cookies: UnbuiltFlag = False
    spec_type: str = Field("url", max_length=64)
    config: ServerConfigRequest = ServerConfigRequest()
    info: ServerInfoRequest = ServerInfoRequest()

    def server(self, called: str = "") -> NewServer:
        """Return the server, which is `called` so where nothing is said.

        Raises NotBuiltError for a way to sign in there that is not built, and for a description
        that is not where the server is.
        """
        if self.spec_type != "url":
            raise NotBuiltError("A description of a tool server that is sent (`spec_type`)")
        if self.auth_type not in {"none", "bearer"}:
            raise NotBuiltError(f"Signing in at tool servers by `{self.auth_type}`")
        called = self.info.id or called
        text = ServerText(
            called=called,
            name=self.info.name or called or self.url,
            description=self.info.description,
            protocol=self.type,
            url=self.url,
            path=self.path,
            is_on=self.config.enable,
            offers=self.config.function_name_filter_list,
        )
        key = self.key if self.auth_type == "bearer" else ""
        headers = {name: value for name, value in self.headers.items() if value != HIDDEN}
        grants = self.config.access_grants
        reading = (replace(one, level=Level.READ) for one in distinct_grants(grants or []))
        return NewServer(
            text,
            Secrets("" if key == HIDDEN else key, headers),
            keeps_key=key == HIDDEN,
            kept_headers=frozenset(self.headers.keys() - headers.keys()),
            grants=None if grants is None else tuple(reading),
        )


class ToolServersRequest(NullFreeRequest):
    """All servers of tools, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"TOOL_SERVER_CONNECTIONS": [{"url": "https://tools.example.org"}]}]
        }
    )

    TOOL_SERVER_CONNECTIONS: list[ToolServerRequest] = Field(max_length=MOST)

    def servers(self) -> list[NewServer]:
        """Return the servers; one without an id is called by the first number that is free."""
        taken = {one.info.id for one in self.TOOL_SERVER_CONNECTIONS}
        free = (str(number) for number in range(2 * MOST + 1) if str(number) not in taken)
        return [
            one.server() if one.info.id else one.server(next(free))
            for one in self.TOOL_SERVER_CONNECTIONS
        ]


class ServerConfigAnswer(TypedDict):
    """Whether a server is offered, which of its tools are, and to whom."""

    enable: bool
    function_name_filter_list: str
    access_grants: list[GrantAnswer]


class ServerInfoAnswer(TypedDict):
    """What a server is called."""

    id: str
    name: str
    description: str


class ToolServerAnswer(TypedDict):
    """A server of tools; secrets are hidden."""

    url: str
    path: str
    type: str
    auth_type: str
    forward_cookies: bool
    headers: dict[str, str]
    key: str
    config: ServerConfigAnswer
    info: ServerInfoAnswer


class ToolServersAnswer(TypedDict):
    """All servers of tools."""

    TOOL_SERVER_CONNECTIONS: list[ToolServerAnswer]


class VerifiedAnswer(TypedDict):
    """The tools that a server has."""

    status: bool
    specs: list[SpecAnswer]


def present_servers(servers: Sequence[ToolServer]) -> ToolServersAnswer:
    """Return the servers of tools."""
    return {"TOOL_SERVER_CONNECTIONS": [present_server(one) for one in servers]}


def present_server(server: ToolServer) -> ToolServerAnswer:
    """Return a server of tools."""
    text = server.row.text
    return {
        "url": text.url,
        "path": text.path,
        "type": text.protocol,
        "auth_type": "bearer" if server.secrets.key else "none",
        "forward_cookies": False,
        "headers": dict.fromkeys(server.secrets.headers, HIDDEN),
        "key": HIDDEN if server.secrets.key else "",
        "config": {
            "enable": text.is_on,
            "function_name_filter_list": text.offers,
            "access_grants": present_grants("tool_server", server.row.id, server.grants),
        },
        "info": {"id": text.called, "name": text.name, "description": text.description},
    }


def present_verified(tools: Sequence[Tool]) -> VerifiedAnswer:
    """Return the tools that a server has."""
    specs: list[SpecAnswer] = [
        {
            "name": one.name,
            "description": one.description,
            "parameters": dict(one.parameters),
        }
        for one in tools
    ]
    return {"status": True, "specs": specs}


def present_offered(
    plugins: Sequence[Plugin], servers: Sequence[ServerRow]
) -> list[PythonToolAnswer]:
    """Return tools that can be chosen; what servers have is asked when it is needed."""
    return [*present_tools(plugins), *map(present_tool, servers)]


def present_tool(row: ServerRow) -> PythonToolAnswer:
    """Return a server as tools that can be chosen."""
    kind = "server:mcp" if row.text.protocol == Protocol.MCP else "server"
    tool_id = f"{kind}:{row.text.called}"
    return {
        "id": tool_id,
        "user_id": tool_id,
        "name": row.text.name,
        "content": None,
        "specs": [],
        "meta": {"description": row.text.description, "manifest": {}},
        "has_user_valves": False,
        "access_grants": [],
        "user": None,
        "version_id": None,
        "write_access": False,
        "created_at": row.create_time // 1000,
        "updated_at": row.update_time // 1000,
    }
