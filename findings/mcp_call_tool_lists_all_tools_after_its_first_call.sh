#!/usr/bin/env bash
# MCP's Python client: the first call_tool() of a session sends tools/list behind the tools/call, unless the session has
# listed the tools before: it wants the output schema, to check what came back by it. Nobody asked for that list, and no
# option leaves it out. So an agent that knows its tool, opens a session and calls once, sends four requests by 1.x and
# five by 2.x (server/discover comes first), of which one does the work; a server with many tools sends their schemas
# each time. It comes after the tool has run: where it fails, so does a call whose effect has happened.
#
# Seen with mcp 1.30.0: initialize, notifications/initialized, tools/call, tools/list, tools/call; and with mcp 2.3.0:
# server/discover before these.
#
# Exits non-zero when that is not so any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/seen.py" <<'PYTHON'
import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

OUTPUT = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
TOOL = {"name": "count", "inputSchema": {"type": "object"}, "outputSchema": OUTPUT}
asked = []


def answer(method, params):
    if method == "initialize":
        about = {"capabilities": {"tools": {}}, "serverInfo": {"name": "stub", "version": "1"}}
        return {"result": {"protocolVersion": params["protocolVersion"], **about}}
    if method == "tools/list":
        return {"result": {"tools": [TOOL]}}
    if method == "tools/call":
        said = [{"type": "text", "text": "1"}]
        return {"result": {"content": said, "structuredContent": {"n": 1}}}
    return {"error": {"code": -32601, "message": "There is no such method."}}


class Stub(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def say(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.say(405)

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked.append(sent["method"])
        if "id" not in sent:
            self.say(202)
            return
        said = {"jsonrpc": "2.0", "id": sent["id"], **answer(sent["method"], sent.get("params", {}))}
        self.say(200, json.dumps(said).encode())


async def call_twice(url):
    if version("mcp").startswith("1."):
        from mcp import ClientSession
        from mcp.client.streamable_http import streamablehttp_client

        async with streamablehttp_client(url) as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            await session.call_tool("count", {})
            await session.call_tool("count", {})
    else:
        from mcp import Client

        async with Client(url) as client:
            await client.call_tool("count", {})
            await client.call_tool("count", {})


server = ThreadingHTTPServer(("127.0.0.1", 0), Stub)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(call_twice(f"http://127.0.0.1:{server.server_port}/mcp"))
print(f"mcp {version('mcp')}: {asked}")
if asked[-3:] != ["tools/call", "tools/list", "tools/call"]:
    sys.exit("Not as described any more.")
PYTHON
for version in 1.30.0 2.3.0; do
    python3 -m venv "$folder/$version"
    "$folder/$version/bin/pip" install -q --disable-pip-version-check "mcp==$version"
    "$folder/$version/bin/python" -W ignore "$folder/seen.py"
done
