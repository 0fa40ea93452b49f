"""Tools that models call, the servers that have them, and calls, as the services take them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from api.services.accounts.grant_records import GrantRecord
from api.services.groups.records import WantedGrant

Schema = Mapping[str, object]
"""A JSON schema of what a tool takes."""


class Protocol(StrEnum):
    """What a server of tools speaks."""

    OPENAPI = "openapi"
    MCP = "mcp"


class ServerText(NamedTuple):
    """What is said of a server of tools.

    `called` is its id as its clients have it, `path` where its description is, of OpenAPI alone, as
    a path or a whole URL. `offers` has the names of tools that are offered, or with `!` before them
    left out, with commas between them; empty offers all.
    """

    called: str
    name: str
    description: str
    protocol: str
    url: str
    path: str
    is_on: bool
    offers: str


class ServerRow(NamedTuple):
    """A server of tools; times in ms, `secrets` is encrypted."""

    id: str
    create_time: int
    update_time: int
    text: ServerText
    secrets: str


@dataclass(frozen=True, slots=True)
class Secrets:
    """What a server is told of who asks: a key, and headers by their names."""

    key: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class NewServer:
    """A server as it is to be; None of `grants` leaves them, or none where it is new.

    `keeps_key` and `kept_headers` name secrets that are to stay what they are.
    """

    text: ServerText
    secrets: Secrets
    keeps_key: bool = False
    kept_headers: frozenset[str] = frozenset()
    grants: tuple[WantedGrant, ...] | None = None


@dataclass(frozen=True, slots=True)
class ToolServer:
    """A server as it is shown to administrators."""

    row: ServerRow
    secrets: Secrets
    grants: tuple[GrantRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that a model may call: `name` is what the server calls it.

    `way` says how it is called: for OpenAPI, what `openapi.Way` has.
    """

    name: str
    description: str
    parameters: Schema
    way: object = None


class Call(NamedTuple):
    """A call as a model wants it; `arguments` is text of JSON, if the model is right."""

    id: str
    name: str
    arguments: str


class Use(NamedTuple):
    """A call that is being made, or was: then with what came of it. `of` says whose tool it is."""

    call: Call
    of: str = ""
    result: str | None = None
