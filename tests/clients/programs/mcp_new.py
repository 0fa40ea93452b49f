"""Uses the server as a client of the newer Python package of MCP does; prints what it returned."""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

url, key, question, assistant = sys.argv[1:]


async def main() -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            tools = await client.list_tools()
            found = await client.call_tool("search", {"question": question})
            failed = await client.call_tool("search", {"question": question, "datasets": ["no"]})
            asked = {"question": question, "assistant": assistant}
            answered = await client.call_tool("ask", asked)
            resources = await client.list_resources()
            told = {
                "version": client.protocol_version,
                "server": client.server_info.name,
                "tools": [tool.name for tool in tools.tools],
                "content": found.structured_content["hits"][0]["content"],
                "is_error": failed.is_error,
                "sentence": failed.content[0].text,
                "answer": answered.structured_content["answer"],
                "resources": [resource.name for resource in resources.resources],
            }
    print(json.dumps(told))


try:
    asyncio.run(main())
except BaseException as error:  # what the client raises is what is asked about
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
