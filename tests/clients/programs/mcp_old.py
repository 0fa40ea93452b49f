"""Uses the server as a client of the older Python package of MCP does; prints what it returned."""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

url, key, question, assistant = sys.argv[1:]


async def main() -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with streamablehttp_client(url, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as client:
            begun = await client.initialize()
            tools = await client.list_tools()
            found = await client.call_tool("search", {"question": question})
            failed = await client.call_tool("search", {"question": question, "datasets": ["no"]})
            asked = {"question": question, "assistant": assistant}
            answered = await client.call_tool("ask", asked)
            resources = await client.list_resources()
            told = {
                "version": begun.protocolVersion,
                "server": begun.serverInfo.name,
                "tools": [tool.name for tool in tools.tools],
                "content": found.structuredContent["hits"][0]["content"],
                "is_error": failed.isError,
                "sentence": failed.content[0].text,
                "answer": answered.structuredContent["answer"],
                "resources": [resource.name for resource in resources.resources],
            }
    print(json.dumps(told))


try:
    asyncio.run(main())
except BaseException as error:  # what the client raises is what is asked about
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
