"""Puts the files of a folder into the dataset `lighthouse`, and waits until they can be searched.

python documents_in.py FOLDER
"""

import os
import sys
import time
from pathlib import Path

import requests

API = os.environ["RAGLAN_URL"] + "/api/v1"
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}
NAME = "lighthouse"
ENDS = {"DONE", "FAIL", "CANCEL"}


def call(method: str, path: str, **request: object) -> object:
    """Return the data of an answer; says what is wrong where it is an error."""
    answer = requests.request(method, API + path, headers=KEY, timeout=60, **request).json()
    if answer["code"]:
        sys.exit(answer["message"])
    return answer.get("data")


def dataset() -> str:
    """Return the id of the dataset, which is made if it is not there."""
    found = requests.get(f"{API}/datasets", {"name": NAME}, headers=KEY, timeout=60).json()
    if found["code"] == 0 and found["data"]:
        return found["data"][0]["id"]
    return call("POST", "/datasets", json={"name": NAME})["id"]


place = f"/datasets/{dataset()}/documents"
for path in sorted(Path(sys.argv[1]).iterdir()):
    with path.open("rb") as content:
        [document] = call("POST", place, files={"file": (path.name, content)})
    call("POST", f"{place}/parse", json={"document_ids": [document["id"]]})
while any(one["run"] not in ENDS for one in call("GET", place)["docs"]):
    time.sleep(0.5)
for one in call("GET", place)["docs"]:
    print(one["name"], one["run"], one["chunk_count"], "chunks")
