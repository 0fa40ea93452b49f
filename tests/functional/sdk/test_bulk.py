"""Doing something to all documents that pass a filter, and taking a deletion back."""

from typing import Any

import pytest

from api.db.connection import connection
from api.db.models.bin import BinnedDocument
from api.db.models.cleanup import Cleanup
from api.db.models.document import StoredChunk
from api.jobs.background import clean_up
from tests.functional.ingesting import Site
from tests.functional.library import API, data_of, make_dataset, refused, upload

FILES = [(f"gull {number}.md", f"Gull number {number} cries.".encode()) for number in range(4)]


@pytest.fixture
def dataset(site: Site) -> str:
    """Make a dataset of four parsed documents; return its path."""
    made = make_dataset(site.client, "birds")
    for document in upload(site.client, made["id"], *FILES):
        site.parse(f"{API}/datasets/{made['id']}/documents/{document['id']}")
    site.work()
    return f"{API}/datasets/{made['id']}"


def do(site: Site, dataset: str, action: str, **which: Any) -> Any:
    return data_of(site.client.post(f"{dataset}/documents/bulk", json={"action": action} | which))


def names(site: Site, dataset: str) -> list[str]:
    listed = data_of(site.client.get(f"{dataset}/documents"))["docs"]
    return sorted(document["name"] for document in listed)


def found(site: Site, dataset: str) -> list[str]:
    body = {"dataset_ids": [dataset.rsplit("/", maxsplit=1)[-1]], "question": "gull cries"}
    hits = data_of(site.client.post(f"{API}/retrieval", json=body))["chunks"]
    return sorted(hit["document_name"] for hit in hits)


def test_a_deletion_by_filter_is_taken_back_with_chunks_and_counts(
    site: Site, dataset: str
) -> None:
    before = data_of(site.client.get(dataset))
    everything = [name for name, _ in FILES]
    assert found(site, dataset) == everything
    gone = do(site, dataset, "delete", filter={"keywords": "gull"}, except_ids=[])
    assert (gone["count"], gone["skipped"]) == (4, 0)
    assert names(site, dataset) == found(site, dataset) == []
    assert data_of(site.client.get(dataset))["document_count"] == 0
    told = data_of(site.client.get(f"{dataset}/bin"))["deletions"]
    assert told == [{"undo": gone["undo"], "undo_until": gone["undo_until"], "count": 4}]
    clean_up(site.services, 0)
    back = site.client.post(f"{dataset}/bin/restore", json={"undo": gone["undo"]})
    assert data_of(back) == {"count": 4}
    assert names(site, dataset) == found(site, dataset) == everything
    after = data_of(site.client.get(dataset))
    for count in ("document_count", "chunk_count", "token_num"):
        assert after[count] == before[count]
    again = site.client.post(f"{dataset}/bin/restore", json={"undo": gone["undo"]})
    assert "nothing in the bin" in refused(again, 400, 101)


def test_what_was_taken_back_gets_a_free_name_and_is_indexed_if_that_was_lost(
    site: Site, dataset: str
) -> None:
    gone = do(site, dataset, "delete", filter={"keywords": "gull 1"})
    dataset_id = dataset.rsplit("/", maxsplit=1)[-1]
    upload(site.client, dataset_id, FILES[1])
    held = site.services.chunk_store.count(dataset_id)
    site.services.library.reindexer.run(None, lambda *_: None)
    assert site.services.chunk_store.count(dataset_id) == held, "what is in the bin stays indexed"
    site.services.chunk_store.drop_dataset(dataset_id)
    site.client.post(f"{dataset}/bin/restore", json={"undo": gone["undo"]})
    assert names(site, dataset)[1:3] == ["gull 1(1).md", "gull 1.md"]
    with connection(site.services.database):
        StoredChunk.update(update_time=0).execute()
    clean_up(site.services, 0)
    assert "gull 1(1).md" in found(site, dataset)


def test_what_nobody_takes_back_is_removed_for_good(site: Site, dataset: str) -> None:
    gone = do(site, dataset, "delete", all=True)
    with connection(site.services.database):
        Cleanup.update(not_before=0).execute()
        BinnedDocument.update(until=0).execute()
    assert data_of(site.client.get(f"{dataset}/bin")) == {"deletions": []}
    clean_up(site.services, 0)
    with connection(site.services.database):
        assert BinnedDocument.select().count() == StoredChunk.select().count() == 0
    late = site.client.post(f"{dataset}/bin/restore", json={"undo": gone["undo"]})
    assert refused(late, 400, 101)


def test_documents_are_switched_parsed_and_stopped_by_filter(site: Site, dataset: str) -> None:
    off = do(site, dataset, "disable", filter={"suffix": ["md"]})
    assert (off["count"], off["undo"], len(off["switched"])) == (4, None, 4)
    assert found(site, dataset) == []
    ids = [one["id"] for one in data_of(site.client.get(f"{dataset}/documents"))["docs"]]
    on = do(site, dataset, "enable", all=True, except_ids=ids[:1])
    assert (on["count"], on["skipped"]) == (3, 0)
    assert set(on["switched"]) == {*ids[1:]}
    assert do(site, dataset, "enable", filter={"ids": ids[:2]})["switched"] == ids[:1]
    assert len(found(site, dataset)) == 4
    again = do(site, dataset, "parse", filter={"run": ["DONE"], "ids": ids[1:]})
    assert (again["count"], again["skipped"]) == (3, 0)
    assert do(site, dataset, "parse", all=True)["skipped"] == 3
    assert do(site, dataset, "stop", filter={"run": ["RUNNING"]})["count"] == 4
    assert do(site, dataset, "delete", filter={"run": ["DONE"]})["count"] == 0


@pytest.mark.databases("sqlite")
def test_what_is_not_said_in_so_many_words_is_refused(site: Site) -> None:
    dataset = f"{API}/datasets/{make_dataset(site.client, 'birds')['id']}"
    for body, word in [
        ({"action": "delete"}, "`all` must be true"),
        ({"action": "delete", "filter": {}}, "`all` must be true"),
        ({"action": "delete", "filter": {"keyword": "x"}}, "keyword"),
        ({"action": "delete", "all": True, "filter": {"keywords": "x"}}, "`all` must be true"),
        ({"action": "shred", "all": True}, "action"),
        ({"action": "stop", "all": True, "discard_edits": True}, "`discard_edits`"),
    ]:
        assert word in refused(site.client.post(f"{dataset}/documents/bulk", json=body), 400, 101)
    unknown = {"action": "delete", "filter": {"ids": ["0" * 32]}}
    answer = site.client.post(f"{dataset}/documents/bulk", json=unknown)
    assert "0" * 32 in refused(answer, 404, 102)
