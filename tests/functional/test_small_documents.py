"""Small documents of a dataset, which a worker carries out together."""

from collections.abc import Callable
from typing import Any

import pytest

from api.db.models.document import Document, StoredChunk
from api.jobs.parsing import parse_together
from api.services.ingestion.records import Outcome
from api.tasks.base import ClaimedTask
from rag.errors import ChunkStoreError
from rag.llm.extras import lacking
from tests.functional.ingesting import Site, lines_of, never
from tests.functional.interrupting import Killed, Tampered, on
from tests.functional.library import data_of, make_dataset

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long]

TEXTS = ("The lamp is lit.", "A lamp burns oil.", "No lamp, no ships.")


def queued(site: Site, *texts: str, model: str = "wordllama") -> list[str]:
    """Queue text files of a new dataset, and return their paths."""
    dataset = make_dataset(site.client, embedding_model=f"{model}@Builtin")
    folder = f"/api/v1/datasets/{dataset['id']}"
    paths = [
        site.another(folder, f"{number}.txt", text.encode()) for number, text in enumerate(texts)
    ]
    ids = [path.split("/")[6] for path in paths]
    data_of(site.client.post(f"{folder}/chunks", json={"document_ids": ids}))
    return paths


def claimed(site: Site) -> list[ClaimedTask]:
    """Claim all that is carried out together next."""
    return site.services.ingestion.small.claim("worker")


def run(site: Site, tasks: list[ClaimedTask]) -> list[Outcome]:
    """Carry out tasks together."""
    return list(parse_together(site.services, tasks, site.process, never))


def test_small_documents_are_found_after_one_publication(site: Site) -> None:
    paths = queued(site, *TEXTS)
    tasks = claimed(site)
    assert len(tasks) == len(TEXTS)
    calls: list[str] = []

    def note(call: Callable[..., None], *args: Any) -> None:
        calls.append(call.__name__)
        call(*args)

    store = site.services.chunk_store
    services = on(site, Tampered(Tampered(store, "publish", note), "publish_together", note))
    outcomes = list(parse_together(services, tasks, site.process, never))

    assert (outcomes, calls) == ([Outcome.DONE] * 3, ["publish_together"])
    assert sorted(site.found(paths[0], "lamp")) == sorted(TEXTS)
    for path in paths:
        shown = site.shown(path)
        assert (shown["run"], shown["progress"], shown["chunk_count"]) == ("DONE", 1.0, 1)
        assert lines_of(shown["progress_msg"]) == [
            "Task has been received.",
            "Start to parse.",
            "Page(1~1) parsing finished",
            "Generate 1 chunks",
            "Embedding chunks (0s)",
            "Indexing done (0s).",
            "Task done (0s).",
        ]
        site.assert_consistent(path)
    assert claimed(site) == []


def test_whoever_is_out_of_the_ordinary_goes_alone(site: Site) -> None:
    long = "\n".join(f"Lamp {number}. " + "Oil burns bright here. " * 4 for number in range(300))
    paths = queued(site, TEXTS[0], "", "  ", TEXTS[0], long, TEXTS[1], TEXTS[2], "A lamp.")
    small, empty, blank, twin, cut, gone, stopped, lost = paths
    for path in (empty, cut):
        site.change(path, parser_config={"chunk_token_num": 8})
    tasks = claimed(site)
    assert len(tasks) == len(paths)
    site.set_rows(Document, Document.id == gone.split("/")[6], next_generation=7)
    site.cancel(stopped)
    [task] = [task for task in tasks if task.document_id == lost.split("/")[6]]
    site.lose(task)

    assert sorted(run(site, tasks)) == sorted(
        [*["done"] * 3, *["failed"] * 2, *["cancelled"] * 2, "lost"]
    )

    states = [site.shown(path)["run"] for path in (small, empty, blank, twin, cut, stopped)]
    assert states == ["DONE", "FAIL", "FAIL", "DONE", "DONE", "CANCEL"]
    assert "Took over the chunks of" in "".join(
        site.shown(path)["progress_msg"] for path in (small, twin)
    )
    for path in (small, twin, cut, stopped):
        site.assert_consistent(path)
    site.work()
    assert site.shown(lost)["run"] == "DONE"
    site.assert_consistent(lost)


def test_documents_are_parsed_again_together(site: Site) -> None:
    paths = queued(site, *TEXTS)
    assert run(site, claimed(site)) == ["done"] * 3
    added = data_of(site.client.post(f"{paths[0]}/chunks", json={"content": "A bell."}))
    for path in paths:
        site.replace_content(path, f"Buoy {path[-3:]}".encode())
        site.parse(path)
    tasks = claimed(site)
    assert len(tasks) == len(paths)

    assert run(site, tasks) == ["done"] * 3

    assert len(site.found(paths[0], "buoy")) == len(paths)
    assert site.found(paths[0], "lamp") == []
    assert added["chunk"]["id"] in {chunk["id"] for chunk in site.chunks(paths[0])}
    for path in paths:
        site.assert_consistent(path)


@pytest.mark.parametrize("method", ["stage_together", "publish_together"])
@pytest.mark.parametrize("after", [False, True])
def test_a_worker_may_be_killed_between_any_two_steps(
    site: Site, method: str, *, after: bool
) -> None:
    paths = queued(site, *TEXTS)
    tasks = claimed(site)

    def kill(call: Callable[..., None], *args: Any) -> None:
        if after:
            call(*args)
        raise Killed

    services = on(site, Tampered(site.services.chunk_store, method, kill))
    with pytest.raises(Killed):
        list(parse_together(services, tasks, site.process, never))
    for task in tasks:
        site.lose(task)
    site.work()

    assert sorted(site.found(paths[0], "lamp")) == sorted(TEXTS)
    for path in paths:
        assert (site.shown(path)["run"], site.tasks(path)[0]["attempts"]) == ("DONE", 2)
        site.assert_consistent(path)


@pytest.mark.parametrize("method", ["stage_together", "publish_together"])
def test_what_fails_together_is_carried_out_one_by_one(site: Site, method: str) -> None:
    paths = queued(site, *TEXTS)

    def fail(_call: Callable[..., None], *_args: Any) -> None:
        raise ChunkStoreError("The store is away.")

    services = on(site, Tampered(site.services.chunk_store, method, fail))
    outcomes = list(parse_together(services, claimed(site), site.process, never))

    assert outcomes == ["done"] * 3
    assert sorted(site.found(paths[0], "lamp")) == sorted(TEXTS)
    for path in paths:
        site.assert_consistent(path)


def test_a_worker_that_stops_gives_all_back(site: Site) -> None:
    paths = queued(site, *TEXTS)
    tasks = claimed(site)

    outcomes = list(parse_together(site.services, tasks, site.process, lambda: True))

    assert outcomes == ["released"] * 3
    assert [site.states(path) for path in paths] == [["pending"]] * 3
    assert site.rows(StoredChunk, StoredChunk.id != "") == []
    site.work()
    assert all(site.shown(path)["run"] == "DONE" for path in paths)


def test_of_a_slow_model_fewer_documents_go_together(site: Site) -> None:
    model = "multilingual-e5-small"
    if lack := lacking(model):
        pytest.skip(lack)
    paths = queued(site, *(f"Lamp {number}." for number in range(16)), model=model)
    outcomes = run(site, claimed(site))
    assert set(outcomes) == {Outcome.DONE, Outcome.RELEASED}
    site.work()
    for path in paths:
        assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(paths[-1])


def test_no_further_document_is_begun_when_somebody_new_waits(site: Site) -> None:
    queued(site, *(f"Lamp {number}." for number in range(8)))
    tasks = claimed(site)
    [single] = queued(site, "A bell.")

    outcomes = run(site, tasks)

    assert (outcomes.count(Outcome.DONE), outcomes.count(Outcome.RELEASED)) == (1, 7)
    [task] = claimed(site)
    assert task.document_id == single.split("/")[6]
    assert run(site, [task]) == [Outcome.DONE]
    assert len(claimed(site)) == 7
