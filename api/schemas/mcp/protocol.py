"""Messages of MCP: JSON-RPC in two eras, of which the newer one is without a handshake.

Sources: the specification of MCP, revisions 2024-11-05 to 2026-07-28, and what published clients
send; docs/mcp.md has what follows for them.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, NotRequired

from pydantic import ConfigDict
from typing_extensions import TypedDict

from api.errors import RaglanError
from api.schemas.lines import json_line

MODERN = "2026-07-28"
"""The revision whose requests stand by themselves."""

NEWEST_OF_OLD = "2025-11-25"
OLD = ("2024-11-05", "2025-03-26", "2025-06-18", NEWEST_OF_OLD)
"""The revisions that begin with a handshake."""

VERSION_HEADER, METHOD_HEADER, NAME_HEADER = "mcp-protocol-version", "mcp-method", "mcp-name"
HEADERS = (VERSION_HEADER, METHOD_HEADER, NAME_HEADER)
"""What headers say of a message, by small names."""

META = "io.modelcontextprotocol/"
CACHED = frozenset({"server/discover", "tools/list", "resources/list", "resources/templates/list"})
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""The methods whose header `mcp-name` repeats an argument."""


class Code(IntEnum):
    """Codes of JSON-RPC's errors, and of MCP's own."""

    PARSE = -32700
    REQUEST = -32600
    METHOD = -32601
    ARGUMENTS = -32602
    INTERNAL = -32603
    HEADERS = -32020
    VERSION = -32022


Status = Literal[200, 400, 404]
STATUSES: Mapping[Code, Status] = {Code.METHOD: 404, Code.INTERNAL: 200}
"""The HTTP statuses of errors in the newer era where it is not 400; the older one has 200."""


class MessageInput(TypedDict):
    """A message as clients send it: a request or, without an `id`, a notification.

    In the newer era `params` has `_meta` with the version and the capabilities of the client, and
    headers say the version, the method and the name once more: docs/mcp.md.
    """

    __pydantic_config__ = ConfigDict(  # type: ignore[misc]  # pydantic's place for it
        json_schema_extra={"examples": [{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]}
    )

    jsonrpc: Literal["2.0"]
    method: str
    id: NotRequired[str | int]
    params: NotRequired[dict[str, Any]]


class RpcError(RaglanError):
    """A message that cannot be answered with a result."""

    def __init__(self, code: Code, message: str, data: object = None) -> None:
        """Initialize with code, sentence and what goes out beside them."""
        super().__init__(message)
        self.code = code
        self.data = data


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a client; a notification has no `id`, and an answer of a client no `method`."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    id: str | int | None = None
    is_modern: bool = False

    @property
    def wants_answer(self) -> bool:
        """Return whether it is a request."""
        return self.id is not None


def read_message(value: object, headers: Mapping[str, str]) -> Message:
    """Return a message; raises RpcError for what is none, or contradicts its headers."""
    if isinstance(value, list):
        raise RpcError(Code.REQUEST, "Batches are not taken: send one message at a time.")
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise RpcError(Code.REQUEST, "The body must be a JSON-RPC 2.0 message.")
    if "method" not in value and ("result" in value or "error" in value):
        return Message("")
    method, params = value.get("method"), value.get("params")
    if not isinstance(method, str) or not (params is None or isinstance(params, dict)):
        raise RpcError(Code.REQUEST, "`method` must be a text, and `params` an object.")
    message = Message(method, params or {}, identity(value), is_modern(params or {}, headers))
    if message.is_modern and message.wants_answer:
        check_modern(message, headers)
    elif not message.is_modern:
        check_old(headers)
    return message


def identity(value: Mapping[str, Any]) -> str | int | None:
    """Return the id of a request, None of a notification; 0 is an id like others."""
    if "id" not in value:
        return None
    found = value["id"]
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise RpcError(Code.REQUEST, "`id` must be a text or a whole number.")
    return found


def is_modern(params: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Return whether a message is one of the newer era."""
    meta = params.get("_meta")
    told = isinstance(meta, Mapping) and f"{META}protocolVersion" in meta
    return told or headers.get(VERSION_HEADER, "") == MODERN


def check_old(headers: Mapping[str, str]) -> None:
    """Refuse a revision that is not known."""
    version = headers.get(VERSION_HEADER, NEWEST_OF_OLD)
    if version not in OLD:
        raise unknown_version(version)


def unknown_version(version: str) -> RpcError:
    """Return the error for a revision that is not known."""
    told = {"supported": [MODERN, *reversed(OLD)], "requested": version}
    return RpcError(Code.VERSION, f"The protocol version {version} is not known here.", told)


def check_modern(message: Message, headers: Mapping[str, str]) -> None:
    """Refuse a request of the newer era that lacks a part, or whose headers say something else."""
    meta = message.params.get("_meta")
    version = meta.get(f"{META}protocolVersion") if isinstance(meta, Mapping) else None
    if not isinstance(version, str):
        raise RpcError(Code.ARGUMENTS, f"`params._meta` lacks `{META}protocolVersion`.")
    if version != MODERN:
        raise unknown_version(version)
    if not isinstance(meta, Mapping) or f"{META}clientCapabilities" not in meta:
        raise RpcError(Code.ARGUMENTS, f"`params._meta` lacks `{META}clientCapabilities`.")
    said = {VERSION_HEADER: version, METHOD_HEADER: message.method}
    if message.method in NAMED_BY:
        said[NAME_HEADER] = str(message.params.get(NAMED_BY[message.method], ""))
    for name, value in said.items():
        given = decoded(headers.get(name, ""))
        if given != value:
            raise RpcError(
                Code.HEADERS, f"The header {name} says {given!r}, but the body says {value!r}."
            )


def decoded(header: str) -> str:
    """Return the text of a header, which may be `=?base64?...?=` where it is not ASCII."""
    if not (header.startswith("=?base64?") and header.endswith("?=")):
        return header
    try:
        return base64.b64decode(header[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return header


class ResultAnswer(TypedDict):
    """The answer to a request; what a result holds is said by its method."""

    jsonrpc: str
    id: str | int | None
    result: Mapping[str, object]


class RpcFailure(TypedDict):
    """What was wrong with a message."""

    code: int
    message: str
    data: NotRequired[object]


class FailureAnswer(TypedDict):
    """The answer to what cannot be answered with a result."""

    jsonrpc: str
    id: str | int | None
    error: RpcFailure


def present_result(message: Message, result: Mapping[str, object], version: str) -> ResultAnswer:
    """Return the answer to a request; the newer era wants to know more of each result."""
    told = dict(result)
    if message.is_modern:
        told["resultType"] = "complete"
        told["_meta"] = {f"{META}serverInfo": server_info(version)}
        if message.method in CACHED or message.method == "resources/read":
            # What an asker may see can change at any time, and clients keep what they may keep.
            told |= {"ttlMs": 0, "cacheScope": "private"}
    return {"jsonrpc": "2.0", "id": message.id, "result": told}


def present_error(
    code: int, message: str, data: object = None, identity: str | int | None = None
) -> FailureAnswer:
    """Return the answer to what cannot be answered with a result."""
    error: RpcFailure = {"code": code, "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": identity, "error": error}


def event_frame(answer: Mapping[str, object]) -> bytes:
    """Return an answer as an event of a stream."""
    return b"event: message\ndata: " + json_line(answer) + b"\n\n"


def status_of(error: RpcError, message: Message | None) -> Status:
    """Return the HTTP status of an error; `message` is None where none could be read."""
    if message is not None and not message.is_modern:
        return 200
    return STATUSES.get(error.code, 400)


def server_info(version: str) -> dict[str, object]:
    """Return what the server is called."""
    return {"name": "raglan", "title": "Raglan", "version": version}
