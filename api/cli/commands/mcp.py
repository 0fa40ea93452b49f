"""`raglan mcp`: MCP for programs that start a process, forwarded to the server."""

import base64
import json
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import TextIO

import click
import requests

from api.cli.access import Access
from api.cli.program import RemoteCommand

INTERNAL = -32603

HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


PATIENCE = (5, None)
"""Seconds to connect, and none to answer: a model may think for as long as it likes."""

CANCELLED = "notifications/cancelled"

EVENTS = "text/event-stream"
DATA = b"data:"


@click.command(cls=RemoteCommand)
@click.pass_obj
def mcp(access: Access) -> None:
    """Speak MCP on standard input and output.

    For programs that start a process. Each line is a message, which goes on to the server's /mcp;
    its answer is a line. Several messages may be under way at a time; one that is cancelled
    (`notifications/cancelled`) ends at the server, and gets no answer. Ends when standard input
    does and all answers are there. Programs that can use an address need only that of /mcp, and a
    key.
    """
    client = access.client
    forward(sys.stdin, sys.stdout, client.session, f"{client.url}/mcp")


class Carried:
    """A message that is under way, until its answer is there or nobody wants it any more."""

    def __init__(self, line: str) -> None:
        """Read the message."""
        self.line = line
        self.message = read(line)
        self.cancelled = False
        self._response: requests.Response | None = None
        self._step = threading.Lock()

    def begun(self, response: requests.Response) -> None:
        """Take note of an answer that has begun, and end it where nobody wants it any more."""
        with self._step:
            self._response = response
            if self.cancelled:
                response.raw.shutdown()

    def cancel(self) -> None:
        """Let the answer end: its connection closes, by which the server knows."""
        with self._step:
            self.cancelled = True
            if self._response is not None:
                self._response.raw.shutdown()


def forward(lines: Iterable[str], out: TextIO, session: requests.Session, url: str) -> None:
    """Send each message on at once, and print the answers as they come."""
    one_by_one = threading.Lock()

    def carry(carried: Carried) -> None:
        answer = answered(carried, session, url)
        with one_by_one:
            if answer and not carried.cancelled:
                out.write(f"{answer}\n")
                out.flush()

    under_way: dict[threading.Thread, Carried] = {}
    for line in filter(str.strip, lines):
        under_way = {thread: other for thread, other in under_way.items() if thread.is_alive()}
        carried = Carried(line)
        if carried.message.get("method") == CANCELLED:
            cancel(carried.message, under_way.values())
            continue
        # Those that nobody waits for at an interrupt: a model may be silent.
        thread = threading.Thread(target=carry, args=(carried,), daemon=True)
        under_way[thread] = carried
        thread.start()
    for thread in under_way:
        thread.join()


def cancel(notice: Mapping[str, object], under_way: Iterable[Carried]) -> None:
    """Cancel the request that a notification names; one that has ended, or is none, stays so."""
    params = notice.get("params")
    wanted = params.get("requestId") if isinstance(params, dict) else None
    for carried in under_way:
        if wanted is not None and carried.message.get("id") == wanted:
            carried.cancel()


def answered(carried: Carried, session: requests.Session, url: str) -> str:
    """Return the answer to a message on one line; empty for what wants none."""
    message = carried.message
    headers = {**HEADERS, **headers_of(message)}
    try:
        with session.post(
            url, data=carried.line.encode(), headers=headers, timeout=PATIENCE, stream=True
        ) as response:
            carried.begun(response)
            content = content_of(response)
    except requests.RequestException as error:
        return failure(message, f"The server at {url} does not answer: {error}")
    if not content:
        return ""
    try:
        told = json.loads(content)
    except ValueError:
        return failure(message, f"{url} answers, but not as a Raglan server does.")
    if "id" in message and isinstance(told, dict) and told.get("id") is None:
        told["id"] = message["id"]  # errors from before the message was read do not know it
    return json.dumps(told, ensure_ascii=False)


def content_of(response: requests.Response) -> bytes:
    """Return the answer of the server: the body, or the one event of a stream."""
    if not response.headers.get("Content-Type", "").startswith(EVENTS):
        return response.content
    found = (line for line in response.iter_lines() if line.startswith(DATA))
    return next(found, b"").removeprefix(DATA)


def read(line: str) -> Mapping[str, object]:
    """Return a message as far as it can be read; the server says what is wrong with it."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def headers_of(message: Mapping[str, object]) -> dict[str, str]:
    """Return the headers that the newer era of the protocol wants beside the body."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = (
        meta.get("io.modelcontextprotocol/protocolVersion") if isinstance(meta, dict) else None
    )
    if not version or not isinstance(params, dict):
        return {}
    method = str(message.get("method", ""))
    name = str(params.get(NAMED_BY.get(method, ""), ""))
    return {
        "mcp-protocol-version": str(version),
        "mcp-method": method,
        "mcp-name": encoded(name),
    }


def encoded(name: str) -> str:
    """Return a name as a header holds it: encoded unless it is plain ASCII."""
    if name.isascii() and name.isprintable():
        return name
    return f"=?base64?{base64.b64encode(name.encode()).decode()}?="


def failure(message: Mapping[str, object], sentence: str) -> str:
    """Return an error as the answer to a message; empty for what wants none."""
    if "id" not in message:
        return ""
    error = {"code": INTERNAL, "message": sentence}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}, ensure_ascii=False)
