"""`raglan mcp`: MCP for programs that start a process, forwarded to the server."""

import base64
import json
import sys
from collections.abc import Iterable, Mapping
from typing import TextIO

import click
import requests

from api.cli.access import Access
from api.cli.client import TIMEOUT
from api.cli.program import RemoteCommand

INTERNAL = -32603

HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}

NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}


@click.command(cls=RemoteCommand)
@click.pass_obj
def mcp(access: Access) -> None:
    """Speak MCP on standard input and output.

    For programs that start a process. Each line is a message, which goes on to the server's /mcp;
    its answer is a line. Ends when standard input does. Programs that can use an address need only
    that of /mcp and a key.
    """
    client = access.client
    forward(sys.stdin, sys.stdout, client.session, f"{client.url}/mcp")


def forward(lines: Iterable[str], out: TextIO, session: requests.Session, url: str) -> None:
    """Send each message on, and print its answer."""
    for line in lines:
        if not line.strip():
            continue
        answer = answered(line, session, url)
        if answer:
            out.write(f"{answer}\n")
            out.flush()


def answered(line: str, session: requests.Session, url: str) -> str:
    """Return the answer to a message on one line; empty for what wants none."""
    message = read(line)
    headers = {**HEADERS, **headers_of(message)}
    try:
        response = session.post(url, data=line.encode(), headers=headers, timeout=TIMEOUT)
    except requests.RequestException as error:
        return failure(message, f"The server at {url} does not answer: {error}")
    if not response.content:
        return ""
    try:
        told = response.json()
    except ValueError:
        return failure(message, f"{url} answers, but not as a Raglan server does.")
    if "id" in message and isinstance(told, dict) and told.get("id") is None:
        told["id"] = message["id"]  # errors from before the message was read do not know it
    return json.dumps(told, ensure_ascii=False)


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
