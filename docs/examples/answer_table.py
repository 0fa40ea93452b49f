"""Answers the questions in the first column of a CSV file, and writes them with their sources.

python answer_table.py QUESTIONS.csv ANSWERS.csv
"""

import csv
import os
import sys
from pathlib import Path

import requests

ADDRESS = os.environ["RAGLAN_URL"] + "/v1/chat/completions"
KEY = {"Authorization": "Bearer " + os.environ["RAGLAN_API_KEY"]}


def answered(question: str) -> list[str]:
    """Return a row: the question, its answer, and the documents that this cites."""
    body = {
        "model": "keeper",
        "messages": [{"role": "user", "content": question}],
        "reference": True,
    }
    answer = requests.post(ADDRESS, json=body, headers=KEY, timeout=600).json()
    if "error" in answer:
        return [question, answer["error"]["message"], ""]
    message = answer["choices"][0]["message"]
    cited = [passage["document_name"] for passage in message["reference"]]
    return [question, message["content"], "; ".join(dict.fromkeys(cited))]


source, target = map(Path, sys.argv[1:])
with (
    source.open(newline="", encoding="utf-8") as read,
    target.open("w", newline="", encoding="utf-8") as written,
):
    writer = csv.writer(written)
    writer.writerow(["question", "answer", "sources"])
    writer.writerows(answered(row[0]) for row in csv.reader(read) if row)
