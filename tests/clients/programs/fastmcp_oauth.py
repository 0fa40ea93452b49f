"""Looks for a sign-in by OAuth as fastmcp's client does; prints what it was told."""

import asyncio
import json
import sys

from fastmcp import Client

[url] = sys.argv[1:]


async def main() -> None:
    async with Client(url, auth="oauth") as client:
        await client.list_tools()
    print(json.dumps({"error": ""}))


try:
    asyncio.run(main())
except BaseException as error:  # what the client raises is what is asked about
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
