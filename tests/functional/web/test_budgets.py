"""How many bytes the API sends for a page of the console."""

import re

import pytest
from flask.testing import FlaskClient

from api.web.files import FOLDER
from tests.functional.library import API, make_dataset, upload

pytestmark = pytest.mark.databases("sqlite")

MOST_BYTES = 12_000
FIELDS = re.compile(r'^const fields = "([\w,]+)";$', re.MULTILINE)


def test_a_list_of_fifty_documents_is_small(client: FlaskClient) -> None:
    [fields] = FIELDS.findall((FOLDER / "pages" / "documents.mjs").read_text("utf-8"))
    made = make_dataset(client, "reports")
    names = [f"Annual report of the harbour, part {number:03}.md" for number in range(60)]
    upload(client, made["id"], *[(name, b"# Text") for name in names])
    query = {"fields": fields, "page_size": 50, "counts": "true"}
    answer = client.get(f"{API}/datasets/{made['id']}/documents", query_string=query)
    assert len(answer.get_json()["data"]["docs"]) == 50
    assert len(answer.data) < MOST_BYTES
