"""What the console takes: bytes of an answer, memory of a server, and no process."""

import gc
import re
import tracemalloc

import psutil
import pytest
from flask.testing import FlaskClient

from api.web.addresses import BASE, PAGES
from api.web.files import FOLDER, LANGUAGES, site
from tests.functional.library import API, make_dataset, upload
from tests.functional.signing import MEMBER

pytestmark = pytest.mark.databases("sqlite")

MOST_BYTES = 12_000
MOST_MEMORY = 3_000_000
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


@pytest.mark.long
@pytest.mark.usefixtures("member")
def test_it_adds_no_process_and_little_memory(anonymous: FlaskClient) -> None:
    """Each page and each file is asked for in each language, all of them for the first time."""
    addresses = [re.sub(r"<\w+>", "0" * 32, page.address) for page in PAGES]
    own = psutil.Process()
    children, threads = own.children(), own.num_threads()
    site.cache_clear()
    gc.collect()
    tracemalloc.start()
    try:
        assert anonymous.post(f"{BASE}/signin", data=MEMBER).status_code == 303
        for language in LANGUAGES:
            anonymous.set_cookie("raglan_language", language)
            for address in addresses:
                assert anonymous.get(f"{BASE}{address}").status_code == 200, address
        for name in site().files:
            assert anonymous.get(f"{BASE}/static/{site().version}/{name}").status_code == 200, name
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < MOST_MEMORY
    assert set(own.children()) <= set(children)
    assert own.num_threads() <= threads
