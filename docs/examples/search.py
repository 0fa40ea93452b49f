"""Prints the passages that fit a question best, with where they stand.

python search.py QUESTION
"""

import os
import sys

import requests

API = os.environ["RAGLAN_URL"] + "/api/v1"
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}

datasets = requests.get(f"{API}/datasets", headers=KEY, timeout=60).json()
if datasets["code"]:
    sys.exit(datasets["message"])
body = {
    "question": sys.argv[1],
    "dataset_ids": [dataset["id"] for dataset in datasets["data"]],
    "similarity_threshold": 0.1,
    "page_size": 5,
}
answer = requests.post(f"{API}/retrieval", json=body, headers=KEY, timeout=60).json()
if answer["code"]:
    sys.exit(answer["message"])
for passage in answer["data"]["chunks"]:
    print(f"{passage['similarity']:.2f} {passage['document_name']}: {passage['content']}")
