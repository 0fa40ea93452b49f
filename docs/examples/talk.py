"""Talks with the assistant `keeper` in a terminal; answers appear while they are made.

python talk.py
"""

import json
import os
import sys
from collections.abc import Iterator

import requests

ADDRESS = os.environ["RAGLAN_URL"] + "/v1/chat/completions"
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}


def pieces(messages: list[dict[str, str]]) -> Iterator[str]:
    """Yield the answer to a conversation piece by piece."""
    body = {"model": "keeper", "messages": messages, "stream": True}
    with requests.post(ADDRESS, json=body, headers=KEY, stream=True, timeout=600) as answer:
        if not answer.ok:
            sys.exit(answer.json()["message"])
        for line in answer.iter_lines():
            if not line.startswith(b"data:") or line.endswith(b"[DONE]"):
                continue
            event = json.loads(line.removeprefix(b"data:"))
            if "error" in event:
                sys.exit(event["error"]["message"])
            for choice in event["choices"]:
                yield choice["delta"].get("content") or ""


said: list[dict[str, str]] = []
for line in sys.stdin:
    said.append({"role": "user", "content": line.strip()})
    answer = ""
    for piece in pieces(said):
        print(piece, end="", flush=True)
        answer += piece
    print()
    said.append({"role": "assistant", "content": answer})
