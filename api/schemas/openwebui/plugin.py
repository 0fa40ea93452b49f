"""Tools and functions in Python as Open WebUI's clients have them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from api.schemas.base import NullFreeRequest, Request, StorableText
from api.schemas.openwebui.conversation import dashed
from api.schemas.openwebui.grant import GrantAnswer, GrantingRequest, present_grants
from api.schemas.openwebui.knowledge import PersonAnswer
from api.services.accounts.grant_records import Level
from api.services.plugins.records import (
    Family,
    Json,
    NewPlugin,
    Plugin,
    PluginText,
    Switched,
    Which,
)
from api.services.unset import UNSET

MAX_CODE = 1_000_000
MAX_SYNCED = 100

Value = str | float | bool | list[Any] | Mapping[str, Any] | None
"""What may stand in JSON."""

CALLED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

EXAMPLE: JsonDict = {
    "id": "clock",
    "name": "Clock",
    "content": "class Tools:\n    def now(self) -> str:\n        return 'noon'\n",
    "meta": {"description": "Tells the time"},
}
FUNCTION: JsonDict = {
    "id": "polite",
    "name": "Polite",
    "content": "class Filter:\n    def inlet(self, body):\n        return body\n",
    "meta": {"description": "Says please"},
}


def as_called(given: str) -> str:
    """Return the id of a plugin; raises ValueError for one that is no name in Python."""
    if not CALLED.fullmatch(given):
        raise ValueError("give letters, digits and _, and no digit first")
    return given


Called = Annotated[str, Field(max_length=128), AfterValidator(as_called)]
Name = Annotated[StorableText, Field(min_length=1, max_length=255)]
Content = Annotated[StorableText, Field(min_length=1)]
Meta = Annotated[dict[str, object], Field(max_length=64)]


class ToolRequest(GrantingRequest):
    """A tool in Python, or what it is to be from now on."""

    model_config = ConfigDict(str_max_length=MAX_CODE, json_schema_extra={"examples": [EXAMPLE]})

    id: Called
    name: Name
    content: Content
    meta: Meta = Field({})

    def plugin(self) -> NewPlugin:
        """Return the tool; whoever it is granted to may use it, and never change it."""
        text = PluginText(self.id, self.name, self.content, self.meta)
        grants = self.granted()
        if grants is UNSET:
            return NewPlugin(Family.TOOL, text)
        reading = [replace(one, level=Level.READ) for one in grants]
        return NewPlugin(Family.TOOL, text, reading)


class FunctionRequest(NullFreeRequest):
    """A function in Python, or what it is to be from now on."""

    model_config = ConfigDict(str_max_length=MAX_CODE, json_schema_extra={"examples": [FUNCTION]})

    id: Called
    name: Name
    content: Content
    meta: Meta = Field({})

    def plugin(self) -> NewPlugin:
        """Return the function."""
        text = PluginText(self.id, self.name, self.content, self.meta)
        return NewPlugin(Family.FUNCTION, text)


class KeptFunctionRequest(FunctionRequest):
    """A function as it is exported."""

    is_active: bool = False
    is_global: bool = False

    def switched(self) -> Switched:
        """Return the function, and whether it is on."""
        return Switched(self.plugin(), self.is_active, self.is_global)


class SyncRequest(NullFreeRequest):
    """All functions that there are to be."""

    model_config = ConfigDict(
        str_max_length=MAX_CODE, json_schema_extra={"examples": [{"functions": [FUNCTION]}]}
    )

    functions: list[KeptFunctionRequest] = Field(max_length=MAX_SYNCED)


class ValvesRequest(Request):
    """What a plugin is set to, by the names that its code has."""

    model_config = ConfigDict(
        extra="allow", json_schema_extra={"examples": [{"api_key": "x", "priority": 1}]}
    )

    def values(self) -> Json:
        """Return what is sent."""
        return dict(self.model_extra or {})


class UrlRequest(Request):
    """Where code is."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": "https://example.org/a.py"}]})

    url: StorableText = Field(min_length=1, max_length=2000)


class CodeRequest(Request):
    """Code that is about to be kept."""

    model_config = ConfigDict(
        str_max_length=MAX_CODE, json_schema_extra={"examples": [{"code": "x = 1\n"}]}
    )

    code: StorableText


class CodeAnswer(TypedDict):
    """Code as it is to be kept."""

    code: str


class LoadedAnswer(TypedDict):
    """Code that was found at an address, and what the file is called."""

    name: str
    content: str


class SpecAnswer(TypedDict):
    """A tool as a model is told of it; `parameters` is a JSON schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]


class FunctionAnswer(TypedDict):
    """A function; times in seconds since 1970. Only administrators see its `content`."""

    id: str
    user_id: str
    type: str
    name: str
    content: str | None
    meta: Mapping[str, Any]
    is_active: bool
    is_global: bool
    has_user_valves: bool
    version_id: str | None
    user: PersonAnswer | None
    created_at: int
    updated_at: int


class PythonToolAnswer(TypedDict):
    """A tool in Python; times in seconds since 1970. Only administrators see its `content`."""

    id: str
    user_id: str
    name: str
    content: str | None
    specs: list[SpecAnswer]
    meta: Mapping[str, Any]
    has_user_valves: bool
    access_grants: list[GrantAnswer]
    user: PersonAnswer | None
    version_id: str | None
    write_access: bool
    created_at: int
    updated_at: int


def meta_of(plugin: Plugin) -> Mapping[str, Any]:
    """Return what is told of a plugin: what was sent, and what its code says of itself."""
    row = plugin.row
    manifest = row.described.get("manifest") or {}
    found = {"description": "", **row.text.meta, "manifest": manifest}
    if row.described.get("can_toggle"):
        found["toggle"] = True
    return found


def present_author(plugin: Plugin) -> PersonAnswer | None:
    """Return who has kept a plugin last; None for an account that is no more."""
    found = plugin.author
    if found is None:
        return None
    role = "admin" if found.is_administrator else "user"
    return {"id": found.id, "name": found.name, "email": found.email, "role": role}


def specs_of(plugin: Plugin) -> list[SpecAnswer]:
    """Return what of a plugin models may call."""
    found = plugin.row.described.get("specs")
    return list(found) if isinstance(found, list) else []


def present_tool(plugin: Plugin, *, whole: bool = True) -> PythonToolAnswer:
    """Return a tool in Python, with its code if it is to be `whole` and the asker may see it."""
    row = plugin.row
    return {
        "id": row.text.called,
        "user_id": row.author_id,
        "name": row.text.name,
        "content": row.text.content if whole and plugin.is_writable else None,
        "specs": specs_of(plugin),
        "meta": meta_of(plugin),
        "has_user_valves": row.schema(Which.PERSON) is not None,
        "access_grants": present_grants("tool", dashed(row.id), plugin.grants),
        "user": present_author(plugin),
        "version_id": None,
        "write_access": plugin.is_writable,
        "created_at": row.create_time // 1000,
        "updated_at": row.update_time // 1000,
    }


def present_tools(plugins: Sequence[Plugin], *, whole: bool = False) -> list[PythonToolAnswer]:
    """Return tools in Python."""
    return [present_tool(one, whole=whole) for one in plugins]


def present_function(plugin: Plugin, *, whole: bool = True) -> FunctionAnswer:
    """Return a function, with its code if it is to be `whole` and the asker may see it."""
    row = plugin.row
    return {
        "id": row.text.called,
        "user_id": row.author_id,
        "type": row.kind,
        "name": row.text.name,
        "content": row.text.content if whole and plugin.is_writable else None,
        "meta": meta_of(plugin),
        "is_active": row.is_active,
        "is_global": row.is_global,
        "has_user_valves": row.schema(Which.PERSON) is not None,
        "version_id": None,
        "user": present_author(plugin),
        "created_at": row.create_time // 1000,
        "updated_at": row.update_time // 1000,
    }


def present_functions(plugins: Sequence[Plugin], *, whole: bool = False) -> list[FunctionAnswer]:
    """Return functions."""
    return [present_function(one, whole=whole) for one in plugins]


def present_valves(values: Mapping[str, Any]) -> dict[str, Value]:
    """Return what a plugin is set to."""
    return dict(values)


def present_schema(schema: Mapping[str, Any]) -> dict[str, Value]:
    """Return the JSON schema of what a plugin may be set to."""
    return dict(schema)


def present_loaded(name: str, content: str) -> LoadedAnswer:
    """Return code that was found at an address."""
    return {"name": name, "content": content}


def present_code(code: str) -> CodeAnswer:
    """Return code as it is: there is no formatter here."""
    return {"code": code}
