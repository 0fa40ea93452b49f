"""Keywords and questions that a chat model adds to chunks after these can be found."""

from typing import Any

import pytest

from api.db.models.document import Task
from tests.functional.ingesting import Site
from tests.functional.library import data_of
from tests.functional.talking import said
from tests.model_endpoint import ModelEndpoint, Reply

on_one_database = pytest.mark.databases("sqlite")
"""What does not depend on SQL: another test goes through the statements."""

TEXT = b"# Lamps\n\nThe lamp burns at night.\n\n# Gulls\n\nGulls cry.\n"
BOTH = {"auto_keywords": 2, "auto_questions": 1, "chunk_token_num": 10}


def made(site: Site, **config: Any) -> str:
    """Parse a document of two chunks, and leave what a model is to add to a further task."""
    path = site.document("lamp.md", TEXT)
    site.change(path, parser_config={**BOTH, **config})
    site.parse(path)
    site.run(site.claim())
    assert site.shown(path)["run"] == "DONE"
    assert [len(chunk["content"]) > 0 for chunk in site.chunks(path)] == [True, True]
    return path


def added(site: Site, path: str) -> list[tuple[list[str], list[str]]]:
    return [(chunk["important_keywords"], chunk["questions"]) for chunk in site.chunks(path)]


def remark(site: Site, path: str) -> str:
    """Return the last line of a document's progress, which stays done."""
    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("DONE", 1.0)
    last: str = shown["progress_msg"].splitlines()[-1]
    return last


def states(site: Site) -> list[str]:
    return [row["state"] for row in site.rows(Task, Task.part > 0)]


def test_keywords_and_questions_are_found(site: Site, endpoint: ModelEndpoint) -> None:
    path = made(site)
    assert endpoint.received == []
    assert site.found(path, "beacon") == []
    endpoint.script.extend(
        [
            said("- beacon\n", "- light\n", "- more than two"),
            said("When does the beacon shine?"),
            said("seabirds\n", "seabirds"),
            said("1. Who cries?\n", "2. Why?"),
        ]
    )
    assert site.work() == 1
    assert added(site, path) == [
        (["beacon", "light"], ["When does the beacon shine?"]),
        (["seabirds"], ["Who cries?"]),
    ]
    assert site.found(path, "beacon") == [site.chunks(path)[0]["content"]]
    assert "By talker: Added to 2 chunks" in remark(site, path)
    instruction, passage = (message["content"] for message in endpoint.received[0].body["messages"])
    assert instruction.endswith("so many: 2")
    assert passage == "Lamps\nThe lamp burns at night."
    assert states(site) == ["done"]
    listed = data_of(site.client.get("/api/v1/tasks"))["tasks"]
    assert {task["kind"]: task["state"] for task in listed} == {"enrich": "done", "parse": "done"}
    told = data_of(site.client.get(f"{path}/timeline"))["tasks"]
    assert [task["kind"] for task in told] == ["parse", "enrich"]
    site.parse(path)
    site.work()
    assert added(site, path)[1] == (["seabirds"], ["Who cries?"])
    assert len(endpoint.received) == 4


@on_one_database
def test_what_people_edited_stays(site: Site, endpoint: ModelEndpoint) -> None:
    path = made(site, auto_questions=0)
    first = site.chunks(path)[0]["id"]
    data_of(site.client.put(f"{path}/chunks/{first}", json={"important_keywords": ["mine"]}))
    endpoint.script.append(said("seabirds"))
    site.work()
    assert added(site, path) == [(["mine"], []), (["seabirds"], [])]
    assert len(endpoint.received) == 1


@on_one_database
def test_a_model_that_refuses_leaves_a_remark(site: Site, endpoint: ModelEndpoint) -> None:
    path = made(site, auto_questions=0)
    endpoint.script.extend([said("beacon"), Reply(status=400)])
    site.work()
    assert "400" in remark(site, path)
    assert added(site, path) == [(["beacon"], []), ([], [])]
    assert site.found(path, "beacon") == [site.chunks(path)[0]["content"]]
    assert states(site) == ["failed"]


@on_one_database
def test_a_model_that_is_away_is_asked_again(site: Site, endpoint: ModelEndpoint) -> None:
    path = made(site, auto_questions=0)
    endpoint.script.extend([said("beacon"), *[Reply(status=503)] * 9])
    site.run(site.claim())
    assert states(site) == ["pending"]
    endpoint.script.clear()
    endpoint.script.append(said("seabirds"))
    site.work()
    assert added(site, path) == [(["beacon"], []), (["seabirds"], [])]
    assert "Added to 1 chunks" in remark(site, path)


@on_one_database
def test_without_a_model_nothing_is_added(site: Site) -> None:
    path = made(site)
    site.work()
    assert added(site, path) == [([], []), ([], [])]
    assert "needs a chat model" in remark(site, path)


@on_one_database
def test_it_is_stopped_with_the_document(site: Site, endpoint: ModelEndpoint) -> None:
    path = made(site)
    site.cancel(path)
    assert states(site) == ["cancelled"]
    assert site.work() == 0
    assert site.shown(path)["run"] == "DONE"
    site.parse(path)
    site.run(site.claim())
    waiting = site.claim()
    site.cancel(path)
    assert site.run(waiting).value == "cancelled"
    assert endpoint.received == []
    assert len(site.chunks(path)) == 2
    answer = site.client.delete(
        f"{path.rsplit('/', 2)[0]}/chunks", json={"document_ids": [path.split("/")[6]]}
    )
    assert answer.status_code == 409
    site.parse(path)
    site.run(site.claim())
    waiting = site.claim()
    site.parse(path)
    assert site.run(waiting).value == "cancelled"


FIELDS = [
    {"name": "kind", "examples": ["guide", "law"], "restrict_values": True},
    {"name": "year", "type": "number", "description": "when it was written"},
    {"name": "place"},
]


def metadata_of(site: Site, path: str) -> dict[str, Any]:
    fields: dict[str, Any] = site.shown(path)["meta_fields"]
    return fields


def test_metadata_are_found_by_a_model(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("lamp.md", TEXT)
    dataset = path.rsplit("/", 2)[0]
    config = {"enabled": True, "fields": FIELDS}
    data_of(site.client.put(f"{dataset}/metadata/config", json=config))
    site.change(path, meta_fields={"place": "the coast"})
    site.parse(path)
    site.run(site.claim())
    assert metadata_of(site, path) == {"place": "the coast"}
    endpoint.script.append(said('Here: {"kind": "Guide", "year": "1,888", "place": "x", "z": 1}'))
    site.work()
    assert metadata_of(site, path) == {"kind": "guide", "year": 1888, "place": "the coast"}
    assert remark(site, path).endswith("By talker: Found 2 of 2 metadata.")
    instruction, told = (message["content"] for message in endpoint.received[0].body["messages"])
    assert '{"name":"year","type":"number","description":"when it was written"}' in instruction
    assert '"place"' not in instruction
    assert told.startswith("lamp.md\n\n")
    assert "Gulls cry." in told
    condition = {"conditions": [{"name": "year", "comparison_operator": "=", "value": 1888}]}
    question = {"question": "gulls", "dataset_ids": [dataset.split("/")[4]]}
    for wanted, count in ((1888, 1), (1889, 0)):
        condition["conditions"][0]["value"] = wanted
        body = {**question, "metadata_condition": condition}
        found = data_of(site.client.post("/api/v1/retrieval", json=body))["chunks"]
        assert len(found) == count
    site.parse(path)
    site.work()
    assert len(endpoint.received) == 1


@on_one_database
def test_a_document_says_itself_which_metadata_are_found(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("lamp.md", TEXT)
    site.change(path, parser_config={"enable_metadata": True})
    site.parse(path)
    site.work()
    assert "neither the document nor its dataset names fields" in remark(site, path)
    site.change(path, parser_config={"metadata": FIELDS[:1]})
    site.parse(path)
    endpoint.script.append(said("no idea"))
    site.work()
    assert "Found 0 of 1 metadata." in remark(site, path)
    assert metadata_of(site, path) == {}
    site.change(path, parser_config={"enable_metadata": False})
    site.parse(path)
    site.work()
    assert len(endpoint.received) == 1


TAGS = (
    b"text\ttags\nA lamp burns with oil.\tlight, oil\nThe lamp is lit at night.\tlight;night\n"
    b"Gulls cry.\tbirds\nno tags\t\n"
)


def test_tag_sets_tag_the_chunks_of_others(site: Site) -> None:
    tags = site.document("tags.txt", TAGS, dataset="tags")
    dataset = tags.split("/")[4]
    data_of(site.client.put(f"/api/v1/datasets/{dataset}", json={"chunk_method": "tag"}))
    site.change(tags, chunk_method="tag")
    preview = data_of(site.client.post(f"{tags}/preview", json={}))["chunks"]
    site.parse(tags)
    site.work()
    assert added(site, tags) == [(["light", "oil"], []), (["light", "night"], []), (["birds"], [])]
    assert [chunk["important_keywords"] for chunk in preview] == [
        chunk["important_keywords"] for chunk in site.chunks(tags)
    ]
    wanted = {"auto_keywords": 0, "auto_questions": 0, "topn_tags": 2}
    path = made(site, **wanted, tag_kb_ids=[dataset, "0" * 32])
    site.work()
    assert [keywords[0] for keywords, _ in added(site, path)] == ["light", "birds"]
    assert all(len(keywords) <= 2 for keywords, _ in added(site, path))
    assert site.found(path, "birds") == [site.chunks(path)[1]["content"]]
    assert "1 of the datasets of `tag_kb_ids` are no tag sets" in remark(site, path)
