"""The one page of MCP."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request, stream_with_context

from api.apps.mcp.door import key_required
from api.apps.mcp.tools import TOOLS, part_of
from api.errors import RaglanError
from api.http.context import principal, services
from api.http.framing import Event, Framing
from api.http.hosts import check_site
from api.http.requests import json_message
from api.http.responses import plain
from api.http.streaming import event_stream
from api.schemas.mcp import protocol
from api.schemas.mcp.protocol import MODERN, NEWEST_OF_OLD, OLD, Code, Message, RpcError
from api.schemas.mcp.results import SCHEME
from api.services.library.names import is_id
from rag.errors import RagError
from rag.quoting import quoted

blueprint = Blueprint("messages", __name__)
blueprint.before_request(check_site)

INSTRUCTIONS = (
    "Raglan holds documents in datasets. Use `search` for facts in them and cite what you use by"
    " its `citation`; `read_document` for the text around a passage; `ask` for the answer of an"
    " assistant."
)
CAPABILITIES: Mapping[str, object] = {"tools": {}, "resources": {}}
EVENTS = "text/event-stream"
RESOURCES_A_PAGE = 1000
"""Clients stop after some pages, or read the first alone."""

PART = re.compile(r"[1-9]\d{0,5}")

Result = Mapping[str, object]


@blueprint.post("")
@blueprint.post("/")
@key_required
def answer() -> Response:
    """Answer one message; a notification gets 202 without a body."""
    message = None
    value = json_message(protocol.MessageInput)
    try:
        message = protocol.read_message(value, headers_told())
        if not message.wants_answer:
            return Response(status=202)
        if takes_long(message) and EVENTS in request.headers.get("accept", "").lower():
            return streamed(message)
        return plain(told(message), 200)
    except RpcError as error:
        identity = message.id if message else given_id(value)
        failed = protocol.present_error(error.code, error.message, error.data, identity)
        return plain(failed, protocol.status_of(error, message))


def headers_told() -> dict[str, str]:
    """Return those headers of the request that say something of its message, by small names."""
    headers = request.headers
    given = ((name, headers.get(name)) for name in protocol.HEADERS)
    return {name: text for name, text in given if text is not None}


def told(message: Message) -> protocol.ResultAnswer:
    """Return the answer to a request; raises RpcError."""
    result = method_named(message.method)(message)
    return protocol.present_result(message, result, services().operations.system.version)


def takes_long(message: Message) -> bool:
    """Return whether a request calls a tool that waits for a model."""
    tool = TOOLS.get(str(message.params.get("name")))
    return message.method == "tools/call" and tool is not None and tool.is_slow


def streamed(message: Message) -> Response:
    """Answer a request with a stream of one event, before which there are signs of life."""

    def events() -> Iterator[Event]:
        try:
            yield told(message)
        except RpcError as error:
            yield protocol.present_error(error.code, error.message, error.data, message.id)

    def failure(sentence: str) -> Event:
        return protocol.present_error(Code.INTERNAL, sentence, identity=message.id)

    framing = Framing(failure, b"", frame=protocol.event_frame)
    # The tool is called when the headers are gone, and asks who asks then.
    made: Iterator[Event] = stream_with_context(events())  # type: ignore[type-var]  # takes anything
    return event_stream(lambda: made, framing)


def given_id(value: object) -> str | int | None:
    """Return the id of a message that could not be read, if it has one that can be repeated."""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str | int) else None


def method_named(name: str) -> Callable[[Message], Result]:
    """Return what answers a method; raises RpcError for one that is not known."""
    found = METHODS.get(name)
    if found is None:
        raise RpcError(Code.METHOD, f"There is no method {quoted(name)}.")
    return found


# Methods.


def initialize(message: Message) -> Result:
    """Agree on a revision of the older era."""
    asked = message.params.get("protocolVersion")
    return {
        "protocolVersion": asked if asked in OLD else NEWEST_OF_OLD,
        "capabilities": CAPABILITIES,
        "serverInfo": protocol.server_info(services().operations.system.version),
        "instructions": INSTRUCTIONS,
    }


def discover(message: Message) -> Result:
    """List what the server can do, in the newer era."""
    del message
    return {
        "supportedVersions": [MODERN],
        "capabilities": CAPABILITIES,
        "instructions": INSTRUCTIONS,
    }


def ping(message: Message) -> Result:
    """Answer that the server is there."""
    del message
    return {}


def list_tools(message: Message) -> Result:
    """List the tools, on one page."""
    del message
    return {"tools": [tool.present(name) for name, tool in TOOLS.items()]}


def call_tool(message: Message) -> Result:
    """Call a tool; what fails in it is reported to the model as a result."""
    tool = TOOLS.get(str(message.params.get("name")))
    if tool is None:
        raise RpcError(Code.ARGUMENTS, f"There is no tool {quoted(message.params.get('name'))}.")
    given = message.params.get("arguments")
    if not (given is None or isinstance(given, dict)):
        raise RpcError(Code.ARGUMENTS, "`arguments` must be an object.")
    try:
        found = tool.call(principal(), given or {})
    except (RaglanError, RagError) as error:
        return {"content": [text_of(str(error))], "isError": True}
    return {
        "content": [text_of(orjson.dumps(found).decode())],
        "structuredContent": found,
        "isError": False,
    }


def list_resources(message: Message) -> Result:
    """List documents as resources, by id."""
    cursor = message.params.get("cursor") or ""
    if cursor and not (isinstance(cursor, str) and is_id(cursor)):
        raise RpcError(Code.ARGUMENTS, "`cursor` must be one that a list has given.")
    documents = services().library.documents
    found = documents.list_all(principal(), after=cursor, limit=RESOURCES_A_PAGE)
    told: dict[str, object] = {
        "resources": [
            {
                "uri": f"{SCHEME}{document.id}",
                "name": document.name,
                "mimeType": "text/plain",
            }
            for document in found
        ]
    }
    if len(found) == RESOURCES_A_PAGE:
        told["nextCursor"] = found[-1].id
    return told


def list_templates(message: Message) -> Result:
    """List the templates of documents' addresses."""
    del message
    return {
        "resourceTemplates": [
            {
                "uriTemplate": f"{SCHEME}{{document_id}}",
                "name": "document",
                "title": "A document",
                "description": "The text of a document; of a long one `?part=2` is more.",
                "mimeType": "text/plain",
            }
        ]
    }


def read_resource(message: Message) -> Result:
    """Return the text of a document, or of a part of it."""
    uri = str(message.params.get("uri", ""))
    document_id, _, query = uri.removeprefix(SCHEME).partition("?")
    part = query.removeprefix("part=") or "1"
    if not uri.startswith(SCHEME) or not PART.fullmatch(part):
        raise RpcError(Code.ARGUMENTS, f"There is no resource {quoted(uri)}.")
    try:
        found = part_of(principal(), document_id, int(part))
    except RaglanError as error:
        raise RpcError(Code.ARGUMENTS, str(error)) from error
    return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": found["text"]}]}


def text_of(text: str) -> dict[str, Any]:
    """Return a text as a part of a result."""
    return {"type": "text", "text": text}


METHODS: Mapping[str, Callable[[Message], Result]] = {
    "initialize": initialize,
    "server/discover": discover,
    "ping": ping,
    "tools/list": list_tools,
    "tools/call": call_tool,
    "resources/list": list_resources,
    "resources/templates/list": list_templates,
    "resources/read": read_resource,
}
