"""Calls a tool of the server by MCP, without a package: what an agent of your own would do.

python tools.py QUESTION
"""

import os
import sys

import requests

ADDRESS = os.environ["RAGLAN_URL"] + "/mcp"
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}


def ask(method: str, **params: object) -> dict[str, object]:
    """Return the result of a method."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = requests.post(ADDRESS, json=message, headers=KEY, timeout=60).json()
    if "error" in answer:
        sys.exit(answer["error"]["message"])
    return answer["result"]


for tool in ask("tools/list")["tools"]:
    print(tool["name"], "-", tool["description"])
found = ask("tools/call", name="search", arguments={"question": sys.argv[1], "limit": 3})
for hit in found["structuredContent"]["hits"]:
    print(hit["citation"], hit["content"])
