"""Uses the server as fastmcp's client does; prints what it returned."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.exceptions import ToolError

url, key, question, assistant = sys.argv[1:]


async def main() -> None:
    async with Client(url, auth=key) as client:
        tools = await client.list_tools()
        found = await client.call_tool("search", {"question": question})
        try:
            await client.call_tool("search", {"question": question, "datasets": ["no"]})
            sentence = ""
        except ToolError as error:
            sentence = str(error)
        asked = {"question": question, "assistant": assistant}
        answered = await client.call_tool("ask", asked)
        resources = await client.list_resources()
    print(
        json.dumps(
            {
                "tools": [tool.name for tool in tools],
                "content": found.data.hits[0].content
                if hasattr(found.data.hits[0], "content")
                else found.data.hits[0]["content"],
                "is_error": bool(sentence),
                "sentence": sentence,
                "answer": answered.structured_content["answer"],
                "resources": [resource.name for resource in resources],
            }
        )
    )


try:
    asyncio.run(main())
except BaseException as error:  # what the client raises is what is asked about
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
