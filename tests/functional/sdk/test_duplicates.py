"""The same content in several documents: found once, with all of them named."""

from typing import Any

import pytest

from tests.functional.ingesting import Site, folder_of
from tests.functional.library import API, data_of

POLICY = b"Everybody has thirty days of leave a year."
QUESTION = "How many days of leave do I have?"

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def dataset(site: Site) -> str:
    """Return a dataset with the same file twice, and another one."""
    first = site.document("policy.txt", POLICY)
    folder = folder_of(first)
    paths = [first, site.another(folder, "policy.txt", POLICY)]
    paths.append(site.another(folder, "desk.txt", b"Visitors ask for leave to enter."))
    for path in paths:
        site.parse(path)
    site.work()
    return folder.split("/")[4]


def names(passage: dict[str, Any]) -> list[str]:
    """Return the names of all documents that a passage names."""
    others = [other["document_name"] for other in passage["duplicates"]]
    return sorted([passage["document_name"], *others])


def test_a_search_shows_the_passage_once_and_names_both(site: Site, dataset: str) -> None:
    body = {"dataset_ids": [dataset], "question": QUESTION, "similarity_threshold": 0.01}
    found = data_of(site.client.post(f"{API}/retrieval", json=body))
    assert found["total"] == len(found["chunks"]) == 2
    best, other = found["chunks"]
    assert names(best) == ["policy(1).txt", "policy.txt"]
    [duplicate] = best["duplicates"]
    assert duplicate["dataset_id"] == dataset
    assert duplicate["document_id"] != best["document_id"]
    assert other["duplicates"] == []
    counts = {item["doc_name"]: item["count"] for item in found["doc_aggs"]}
    assert counts == {"policy.txt": 1, "policy(1).txt": 1, "desk.txt": 1}
    pages = [
        data_of(site.client.post(f"{API}/retrieval", json={**body, "page": page, "page_size": 1}))
        for page in (1, 2, 3)
    ]
    assert [page["total"] for page in pages] == [2, 2, 2]
    assert [chunk["id"] for page in pages for chunk in page["chunks"]] == [best["id"], other["id"]]


def test_an_answer_cites_the_passage_once_and_names_both(site: Site, dataset: str) -> None:
    chat = data_of(site.client.post(f"{API}/chats", json={"name": "x", "dataset_ids": [dataset]}))
    body = {"question": QUESTION, "stream": False}
    session = data_of(site.client.post(f"{API}/chats/{chat['id']}/sessions", json={"name": "s"}))
    body["session_id"] = session["id"]
    answer = data_of(site.client.post(f"{API}/chats/{chat['id']}/completions", json=body))
    cited = [
        chunk for chunk in answer["reference"]["chunks"] if chunk["content"] == POLICY.decode()
    ]
    assert len(cited) == 1
    assert names(cited[0]) == ["policy(1).txt", "policy.txt"]


def test_both_documents_are_there_and_one_stays_when_the_other_goes(
    site: Site, dataset: str
) -> None:
    listed = data_of(site.client.get(f"{API}/datasets/{dataset}/documents"))["docs"]
    [first] = [item for item in listed if item["name"] == "policy.txt"]
    assert len(listed) == 3
    body = {"ids": [first["id"]]}
    data_of(site.client.delete(f"{API}/datasets/{dataset}/documents", json=body))
    search = {"dataset_ids": [dataset], "question": QUESTION}
    found = data_of(site.client.post(f"{API}/retrieval", json=search))["chunks"]
    assert names(found[0]) == ["policy(1).txt"]
