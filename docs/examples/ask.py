"""Asks an assistant that reads all datasets, and prints its answer with the pages it cites.

python ask.py QUESTION
"""

import os
import sys

import requests

SERVER = os.environ["RAGLAN_URL"]
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}
NAME = "keeper"

chats = requests.get(f"{SERVER}/v1/models", headers=KEY, timeout=60).json()["data"]
if NAME not in {chat["id"] for chat in chats}:
    datasets = requests.get(f"{SERVER}/api/v1/datasets", headers=KEY, timeout=60).json()["data"]
    body = {"name": NAME, "dataset_ids": [dataset["id"] for dataset in datasets]}
    made = requests.post(f"{SERVER}/api/v1/chats", json=body, headers=KEY, timeout=60).json()
    if made["code"]:
        sys.exit(made["message"])
messages = [{"role": "user", "content": sys.argv[1]}]
answer = requests.post(
    f"{SERVER}/v1/chat/completions",
    json={"model": NAME, "messages": messages},
    headers=KEY,
    timeout=600,
).json()
if "error" in answer:
    sys.exit(answer["error"]["message"])
message = answer["choices"][0]["message"]
print(message["content"])
for annotation in message["annotations"]:
    print(annotation["url_citation"]["title"], annotation["url_citation"]["url"])
