"""Tools of a server that speaks MCP over streamable HTTP: each message is a request of its own.

Source: the specification of MCP, revision 2025-06-18. A server may keep a session, which ends with
the answer that began it, and may answer as a stream, of which the one message counts that answers.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count

import orjson

from api.errors import FetchError, RaglanError
from api.fetching.calls import Caller, Reply, Request
from api.services.tools.openapi import MOST_TOOLS, listed, objects
from api.services.tools.records import Tool
from rag.errors import ModelError
from rag.llm.sse import event_data

REVISION = "2025-06-18"
SESSION, VERSION = "mcp-session-id", "mcp-protocol-version"
EVENTS = "text/event-stream"
MOST_PAGES = 16
"""Pages of a list of tools."""

FINE = range(200, 300)


class McpClient:
    """Talks to a server; the handshake comes with the first message."""

    def __init__(
        self, caller: Caller, url: str, headers: Mapping[str, str], seconds: float, most_bytes: int
    ) -> None:
        """Initialize with where the server is; nothing is sent."""
        self.caller = caller
        self.url = url
        self.headers = {
            **headers,
            "Content-Type": "application/json",
            "Accept": f"application/json, {EVENTS}",
        }
        self.seconds = seconds
        self.most_bytes = most_bytes
        self.numbers = count(1)
        self.is_open = False

    def tools(self) -> list[Tool]:
        """Return the tools of the server; raises FetchError."""
        found: list[Tool] = []
        cursor: object = None
        for _ in range(MOST_PAGES):
            params = {"cursor": cursor} if cursor else {}
            result = self.ask("tools/list", params)
            found += map(tool_of, map(objects, listed(result.get("tools"))))
            cursor = result.get("nextCursor")
            if not cursor or len(found) >= MOST_TOOLS:
                break
        return [one for one in found if one.name][:MOST_TOOLS]

    def call(self, name: str, arguments: Mapping[str, object]) -> str:
        """Return what comes of a call, as text; raises FetchError, also where the tool failed."""
        result = self.ask("tools/call", {"name": name, "arguments": arguments})
        text = "\n".join(map(text_of, map(objects, listed(result.get("content")))))
        if result.get("isError"):
            raise FetchError(text or "The tool failed.")
        if not text and "structuredContent" in result:
            return orjson.dumps(result["structuredContent"]).decode()
        return text

    def ask(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """Return the result of a request; raises FetchError."""
        self.open()
        return self.sent(method, params)

    def open(self) -> None:
        """Shake hands, unless that has been done."""
        if self.is_open:
            return
        hello = {
            "protocolVersion": REVISION,
            "capabilities": {},
            "clientInfo": {"name": "raglan", "version": "1"},
        }
        result = self.sent("initialize", hello)
        self.headers[VERSION] = str(result.get("protocolVersion") or REVISION)[:32]
        notice = orjson.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})
        with self.caller.call(self.request("POST", notice)) as reply:
            check(reply, self.url)
        self.is_open = True

    def close(self) -> None:
        """End the session of the server, if it keeps one; it may not let clients do that."""
        if SESSION in self.headers:
            with suppress(RaglanError), self.caller.call(self.request("DELETE", b"")):
                pass
            del self.headers[SESSION]
        self.is_open = False

    def sent(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """Send a request, and return its result; raises FetchError."""
        number = next(self.numbers)
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        with self.caller.call(self.request("POST", orjson.dumps(message))) as reply:
            check(reply, self.url)
            session = reply.headers.get(SESSION)
            if session:
                self.headers[SESSION] = session
            try:
                for found in messages(reply):
                    if found.get("id") == number:
                        return result_of(found)
            except (ValueError, ModelError) as error:
                raise FetchError(f"{self.url} answered no message of MCP.") from error
        raise FetchError(f"{self.url} did not answer {method}.")

    def request(self, method: str, body: bytes) -> Request:
        """Return a request to the server."""
        return Request(method, self.url, self.headers, body, self.seconds, self.most_bytes)


def check(reply: Reply, url: str) -> None:
    """Raise FetchError for an answer that is no success."""
    if reply.status not in FINE:
        raise FetchError(f"{url} answered {reply.status}.")


def messages(reply: Reply) -> Iterator[Mapping[str, object]]:
    """Yield the messages of an answer, whole or as a stream; raises ValueError."""
    if reply.media_type != EVENTS:
        yield objects(orjson.loads(reply.content()))
        return
    for data in event_data(reply.pieces):
        yield objects(orjson.loads(data))


def result_of(message: Mapping[str, object]) -> Mapping[str, object]:
    """Return the result in a message; raises FetchError with what the server says instead."""
    error = objects(message.get("error"))
    if error:
        raise FetchError(str(error.get("message") or "The server refuses this."))
    return objects(message.get("result"))


def tool_of(given: Mapping[str, object]) -> Tool:
    """Return a tool as the server describes it."""
    parameters = objects(given.get("inputSchema")) or {"type": "object", "properties": {}}
    name = str(given.get("name") or "")
    return Tool(name, str(given.get("description") or name)[:4096], parameters)


def text_of(part: Mapping[str, object]) -> str:
    """Return a part of a result as text."""
    if part.get("type") == "text":
        return str(part.get("text") or "")
    resource = objects(part.get("resource"))
    if "text" in resource:
        return str(resource["text"])
    return f"[{part.get('type')}]"
