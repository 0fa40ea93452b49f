"""Starts `raglan mcp` as programs do that start a process; prints what the client returned."""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

raglan, url, key, question, mode = sys.argv[1:]


async def main() -> None:
    parameters = StdioServerParameters(
        command=raglan, args=["mcp"], env={"RAGLAN_URL": url, "RAGLAN_API_KEY": key}
    )
    async with Client(parameters, mode=mode) as client:
        tools = await client.list_tools()
        found = await client.call_tool("search", {"question": question})
        told = {
            "version": client.protocol_version,
            "tools": [tool.name for tool in tools.tools],
            "content": found.structured_content["hits"][0]["content"],
        }
    print(json.dumps(told))


try:
    asyncio.run(main())
except BaseException as error:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
