"""What becomes of a document when its run is stopped or refused."""

import pytest

from api.config.settings import Settings
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.services.ingestion.records import Outcome
from tests.functional.ingesting import Site, folder_of, lines_of
from tests.functional.interrupting import (
    delete,
    embedding_by,
    held_in_mid_run,
    refuse,
    stopped_at,
)
from tests.functional.library import add_chunk, data_of
from tests.model_endpoint import ModelEndpoint, Reply
from tests.pdfs import pdf

pytestmark = pytest.mark.long

NOTES = b"The keeper lights the lamp at dusk.\n"


@pytest.fixture
def settings(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Embed by a model that can be told to wait or to refuse."""
    return embedding_by(endpoint, settings)


# Stopped by somebody.


def test_a_cancel_in_mid_run_ends_in_cancel(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        site.cancel(path)

    assert (site.shown(path)["run"], site.states(path)) == ("CANCEL", ["cancelled"])
    assert site.chunks(path) == site.found(path, "lamp") == []
    site.assert_consistent(path)


def test_a_run_that_was_cancelled_and_begun_anew_ends_once(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        site.cancel(path)
        site.parse(path)

    assert site.states(path) == ["cancelled", "pending"]
    assert site.shown(path)["run"] == "RUNNING"
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_a_task_whose_document_is_run_anew_does_nothing(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.cancel(path)
    site.parse(path)

    site.run(task)

    assert site.states(path) == ["cancelled", "pending"]
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.tidy()
    site.assert_consistent(path)


@pytest.mark.parametrize("runs_before", [0, 1])
def test_a_chunk_that_is_added_in_mid_run_stays(
    site: Site, endpoint: ModelEndpoint, runs_before: int
) -> None:
    path = site.document("notes.txt", NOTES)
    for _ in range(runs_before):
        site.parse(path)
        site.work()
    add_chunk(site.client, path, "The harbour is older than the run.")
    with held_in_mid_run(site, endpoint, path):
        added = add_chunk(site.client, path, "The harbour closes in a storm.")
        add_chunk(site.client, path, NOTES.decode().strip())
        assert site.found(path, "harbour")

    assert site.shown(path)["run"] == "DONE"
    kept = {chunk["id"]: chunk["content"] for chunk in site.chunks(path)}
    assert kept[added["id"]] == "The harbour closes in a storm."
    assert "The harbour is older than the run." in kept.values()
    assert len(kept) == 3 + runs_before  # what was there is not repeated by the first run alone
    assert len(site.found(path, "harbour")) == 2
    site.tidy()
    site.assert_consistent(path)


@pytest.mark.parametrize("runs_before", [0, 1])
@pytest.mark.parametrize("edit", ["change", "hide", "delete", "add"])
def test_an_edit_between_switch_and_publication_stays(
    site: Site, edit: str, runs_before: int
) -> None:
    path = site.document("notes.txt", NOTES)
    for _ in range(runs_before):
        site.parse(path)
        site.work()
        site.replace_content(path, b"The keeper sleeps.\n")
    site.parse(path)
    with stopped_at(site, "publish"):
        [chunk] = site.chunks(path)
        this = f"{path}/chunks/{chunk['id']}"
        if edit == "change":
            data_of(site.client.put(this, json={"content": "The keeper rows."}))
        elif edit == "hide":
            data_of(site.client.put(this, json={"available": False}))
        elif edit == "delete":
            data_of(site.client.delete(f"{path}/chunks", json={"chunk_ids": [chunk["id"]]}))
        else:
            add_chunk(site.client, path, "The keeper rows.")

    shown = [found["content"] for found in site.chunks(path) if found["available"]]
    assert sorted(site.found(path, "keeper")) == sorted(shown)
    assert ("The keeper rows." in shown) is (edit in {"change", "add"})
    site.tidy()
    site.assert_consistent(path)


def test_a_run_that_is_over_is_not_cancelled(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.ingest(task)
    run = site.run_of(task)
    run.switch()

    answer = site.client.delete(
        f"{folder_of(path)}/chunks", json={"document_ids": [path.split("/")[6]]}
    )
    assert answer.status_code == 409
    run.publish("Task done.")

    assert site.shown(path)["run"] == "DONE"


def test_a_document_that_is_deleted_in_mid_run_leaves_nothing(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    other = site.another(folder_of(path), "other.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        delete(site, path)

    assert_nothing_left(site, path)
    site.parse(other)
    site.work()
    site.assert_consistent(other)


def test_a_document_that_is_deleted_before_its_chunks_are_published_leaves_nothing(
    site: Site,
) -> None:
    path = site.document("notes.txt", NOTES)
    site.parse(path)
    task = site.claim()
    site.ingest(task)
    run = site.run_of(task)
    run.switch()
    delete(site, path)

    site.run(task)

    assert_nothing_left(site, path)
    [dataset] = site.rows(Dataset, Dataset.id == path.split("/")[4])
    assert (dataset["chunk_count"], dataset["token_num"], dataset["document_count"]) == (0, 0, 0)


def test_a_dataset_that_is_deleted_in_mid_run_leaves_nothing(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    with held_in_mid_run(site, endpoint, path):
        data_of(site.client.delete("/api/v1/datasets", json={"ids": [path.split("/")[4]]}))

    assert_nothing_left(site, path)
    assert site.services.tasks.claim("worker") is None


def assert_nothing_left(site: Site, path: str) -> None:
    """Fail unless everything of a document is gone once all is cleaned up."""
    dataset_id, document_id = path.split("/")[4::2]
    site.tidy()
    for model in (StoredChunk, Task):
        assert site.rows(model, model.document_id == document_id) == []
    assert site.rows(Document, Document.id == document_id) == []
    assert site.services.chunk_store.vectors(dataset_id, document_id) == {}


# Refused by the model.


def test_a_model_that_is_down_for_a_while_delays_a_document(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    refuse(endpoint, 2)
    site.parse(path)

    assert site.run(site.claim()) is Outcome.RETRIED
    [task] = site.tasks(path)
    assert (task["state"], task["attempts"]) == ("pending", 1)
    assert "overloaded" in task["error"]
    assert site.shown(path)["run"] == "RUNNING"
    assert site.work() == 2

    assert site.shown(path)["run"] == "DONE"
    assert [task["attempts"] for task in site.tasks(path)] == [3]
    site.assert_consistent(path)


def test_a_model_that_stays_down_fails_a_document_with_the_reason(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    refuse(endpoint, 3)
    site.parse(path)

    outcomes = [site.run(site.claim()) for _ in range(3)]

    assert outcomes == [Outcome.RETRIED, Outcome.RETRIED, Outcome.DEAD]
    [task] = site.tasks(path)
    assert (task["state"], task["attempts"]) == ("dead", 3)
    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("FAIL", -1)
    last = lines_of(shown["progress_msg"])[-1]
    assert "The model is overloaded." in last
    assert last.endswith("(attempt 3, the last).")
    assert shown["progress_msg"].count("overloaded") == 1
    assert endpoint.received
    site.assert_consistent(path)


def test_a_model_that_refuses_for_good_fails_a_document_at_once(
    site: Site, endpoint: ModelEndpoint
) -> None:
    path = site.document("notes.txt", NOTES)
    said = b'{"error": {"message": "No such model."}}'
    endpoint.script.append(Reply(status=404, pieces=[said]))
    site.parse(path)

    assert site.run(site.claim()) is Outcome.FAILED

    assert site.states(path) == ["failed"]
    assert "No such model." in lines_of(site.shown(path)["progress_msg"])[-1]


def test_a_part_that_fails_ends_the_whole_document(site: Site, endpoint: ModelEndpoint) -> None:
    path = site.document("long.pdf", pdf(*(f"Page {number}" for number in range(6))))
    site.parse(path)
    site.run(site.claim())
    endpoint.script.append(Reply(status=400, pieces=[b'{"error": "It is bad."}']))

    site.work()

    assert site.states(path) == ["done", "failed", "cancelled"]
    assert site.shown(path)["run"] == "FAIL"
    site.tidy()
    site.assert_consistent(path)


def test_a_defect_in_a_task_is_tried_again_and_named_in_the_end(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    path = site.document("notes.txt", NOTES)
    # A document that no release ever wrote: its settings are no mapping.
    site.set_rows(Document, Document.id == path.split("/")[6], parser_config=7)
    site.parse(path)

    assert site.work() == 3

    assert site.states(path) == ["dead"]
    last = lines_of(site.shown(path)["progress_msg"])[-1]
    assert last == (
        "An internal error occurred; the worker's log has the details (attempt 3, the last)."
    )
    assert "AttributeError" in caplog.text
