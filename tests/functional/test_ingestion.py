"""From an uploaded file to searchable chunks, with a worker in this process."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.config.settings import Settings
from api.db.models.dataset import Dataset
from api.db.models.document import Document, StoredChunk, Task
from api.jobs.parsing import parse
from api.services.ingestion.records import Outcome
from rag.ingestion.process import ParserProcess
from tests.functional.ingesting import Site, done, folder_of, lines_of, never
from tests.functional.library import data_of
from tests.pdfs import pdf

NOTES = b"# Lamp\n\nThe keeper lights the lamp at dusk.\n\n# Tide\n\nThe tide table hangs here.\n"
PAGES = [f"Page number{number} tells of the lamp{number}." for number in range(1, 8)]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Split documents of more than two pages."""
    worker = settings.worker.model_copy(update={"pages_per_task": 2})
    return settings.model_copy(update={"worker": worker})


def test_a_document_becomes_searchable_chunks(site: Site) -> None:
    path = done(site, "notes.md", NOTES)

    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("DONE", 1.0)
    assert shown["process_duration"] > 0
    assert lines_of(shown["progress_msg"]) == [
        "Task has been received.",
        "Start to parse.",
        "Page(1~1) parsing finished",
        f"Generate {shown['chunk_count']} chunks",
        "Embedding chunks (0s)",
        "Indexing done (0s).",
        "Task done (0s).",
    ]
    chunks = site.chunks(path)
    assert len(chunks) == shown["chunk_count"] > 0
    assert "lights the lamp" in chunks[0]["content"]
    assert "tide table" in chunks[-1]["content"]
    assert "keeper lights the lamp" in site.found(path, "keeper")[0]
    [task] = site.tasks(path)
    assert (task["state"], task["progress"], task["error"]) == ("done", 1.0, "")
    site.assert_consistent(path)


def test_retrieval_finds_what_was_parsed(site: Site) -> None:
    path = done(site, "notes.md", NOTES)

    body = {"dataset_ids": [path.split("/")[4]], "question": "When is the lamp lit?"}
    [best, *_] = data_of(site.client.post("/api/v1/retrieval", json=body))["chunks"]

    assert "lights the lamp" in best["content"]
    assert best["document_keyword"] == "notes.md"


def test_a_long_document_is_divided_and_ends_with_all_pages_in_order(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)

    assert site.work() == 4

    ranges = [(task["first_page"], task["last_page"]) for task in site.tasks(path)]
    assert ranges == [(1, 2), (3, 4), (5, 6), (7, 7)]
    assert site.states(path) == ["done"] * 4
    chunks = site.chunks(path)
    text = " ".join(chunk["content"] for chunk in chunks)
    places = [text.index(f"number{number}") for number in range(1, 8)]
    assert places == sorted(places)
    pages = [chunk["positions"][0][0] for chunk in chunks]
    assert (pages[0], pages) == (1, sorted(pages))
    assert site.found(path, "lamp7")
    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("DONE", 1.0)
    assert "Page(3~4) parsing finished" in lines_of(shown["progress_msg"])
    assert sum(line.startswith("Task done") for line in lines_of(shown["progress_msg"])) == 1
    site.assert_consistent(path)


def test_the_parts_are_invisible_until_the_last_is_done(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)

    for _ in range(3):
        assert site.run(site.claim()) is Outcome.DONE
        assert site.found(path, "lamp1") == []
        assert site.chunks(path) == []
        assert site.shown(path)["run"] == "RUNNING"
    site.run(site.claim())

    assert site.found(path, "lamp1")
    site.assert_consistent(path)


def test_parts_may_be_done_by_several_workers_at_once(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)

    def work(_: int) -> None:
        with ParserProcess() as process:
            while (task := site.services.tasks.claim("worker")) is not None:
                parse(site.services, task, process, never)

    site.run(site.claim())
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))

    assert site.states(path) == ["done"] * 4
    shown = site.shown(path)
    assert shown["run"] == "DONE", shown
    assert sum(line.startswith("Task done") for line in lines_of(shown["progress_msg"])) == 1
    site.assert_consistent(path)


def test_a_part_that_was_lost_is_done_again_by_itself(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)
    first = site.claim()
    site.ingest(first)  # all but the end of the first part
    site.lose(first)

    site.work()

    assert [task["attempts"] for task in site.tasks(path)] == [2, 1, 1, 1]
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_chunks_that_only_a_lost_attempt_has_cut_are_not_published(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)
    site.run(site.claim())
    second = site.claim()
    site.ingest(second)
    site.lose(second)
    # As if the parser had become another in between: the chunks of the part have other contents.
    [row] = site.rows(Document, Document.id == path.split("/")[6])
    site.services.storage.put(row["storage_key"], [pdf(*PAGES[:2], "Anew.", *PAGES[3:])])

    site.work()

    assert site.found(path, "lamp3") == []
    assert site.found(path, "anew")
    site.assert_consistent(path)


def test_old_chunks_are_found_until_the_new_ones_are_complete(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    before = [chunk["content"] for chunk in site.chunks(path)]
    site.change(path, parser_config={"chunk_token_num": 4})
    site.parse(path)
    task = site.claim()

    site.ingest(task)

    assert [chunk["content"] for chunk in site.chunks(path)] == before
    assert site.found(path, "keeper") == [text for text in before if "keeper" in text]
    site.services.tasks.release(task)
    site.work()
    after = [chunk["content"] for chunk in site.chunks(path)]
    assert len(after) > len(before)
    assert sorted(site.found(path, "keeper")) == sorted(t for t in after if "keeper" in t)
    site.assert_consistent(path)


def test_a_failed_parse_leaves_the_old_chunks_in_place(site: Site) -> None:
    path = done(site, "doc.pdf", pdf("The lamp is lit at dusk."))
    before = site.chunks(path)
    site.replace_content(path, b"%PDF-1.4 and no more")
    site.parse(path)

    assert site.work() == 1

    shown = site.shown(path)
    assert (shown["run"], shown["progress"]) == ("FAIL", -1)
    assert "doc.pdf" in lines_of(shown["progress_msg"])[-1]
    assert site.chunks(path) == before
    assert site.found(path, "dusk") == ["The lamp is lit at dusk."]
    site.assert_consistent(path)
    # And it can be repaired.
    site.replace_content(path, pdf("The lamp is lit at dawn."))
    site.parse(path)
    site.work()
    assert site.found(path, "dawn")
    assert site.found(path, "dusk") == []
    site.assert_consistent(path)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("broken.pdf", b"%PDF-1.7 and then nothing", "broken.pdf"),
        ("empty.txt", b"", "empty.txt is empty: it has no bytes to read."),
        ("blank.txt", b" \n\t\n", "blank.txt gave no text to search."),
    ],
)
def test_a_bad_file_fails_with_the_reason_and_is_not_tried_again(
    site: Site, name: str, content: bytes, reason: str
) -> None:
    path = site.document(name, content)
    site.parse(path)

    assert site.work() == 1

    shown = site.shown(path)
    assert (shown["run"], shown["progress"], shown["chunk_count"]) == ("FAIL", -1, 0)
    assert reason in lines_of(shown["progress_msg"])[-1]
    [task] = site.tasks(path)
    assert (task["state"], task["attempts"]) == ("failed", 1)
    assert reason in task["error"]
    site.assert_consistent(path)


def test_a_file_whose_pages_have_no_text_fails_as_a_whole(site: Site) -> None:
    path = site.document("long.pdf", pdf(*[""] * 5))
    site.parse(path)

    site.work()

    shown = site.shown(path)
    assert shown["run"] == "FAIL"
    assert "No part of the document gave text to search." in shown["progress_msg"]
    site.assert_consistent(path)


def test_a_file_that_is_gone_is_not_looked_for_again(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    [row] = site.rows(Document, Document.id == path.split("/")[6])
    site.services.storage.delete(row["storage_key"])
    site.parse(path)

    assert site.work() == 1

    assert site.states(path) == ["failed"]
    assert "No stored object has the key" in site.shown(path)["progress_msg"]


def test_a_model_that_does_not_fit_the_dataset_fails_before_anything_is_kept(site: Site) -> None:
    path = done(site, "notes.md", NOTES)
    other = site.another(folder_of(path), "more.md", NOTES)
    site.set_rows(Dataset, Dataset.id == path.split("/")[4], dimensions=7)
    site.parse(other)

    site.work()

    assert site.states(other) == ["failed"]
    assert (
        "gives vectors of 256 dimensions, but the dataset holds 7"
        in (site.shown(other)["progress_msg"])
    )
    assert site.rows(StoredChunk, StoredChunk.document_id == other.split("/")[6]) == []


def test_a_disabled_document_stays_so(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    site.change(path, enabled=False, meta_fields={"shelf": "north"})
    site.parse(path)

    site.work()

    assert site.shown(path)["run"] == "DONE"
    assert site.found(path, "keeper") == []
    site.change(path, enabled=True)
    assert site.found(path, "keeper")


# Stopping.


def test_a_parse_that_is_cancelled_while_it_waits_never_runs(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    site.parse(path)

    site.cancel(path)

    assert site.work() == 0
    assert site.services.tasks.claim("worker") is None
    assert (site.shown(path)["run"], site.states(path)) == ("CANCEL", ["cancelled"])
    site.tidy()
    site.assert_consistent(path)
    site.parse(path)
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_a_parse_that_is_cancelled_right_after_the_claim_is_not_done(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    site.parse(path)
    task = site.claim()
    site.cancel(path)

    assert site.run(task) is Outcome.CANCELLED

    assert (site.shown(path)["run"], site.states(path)) == ("CANCEL", ["cancelled"])
    assert site.chunks(path) == []
    site.assert_consistent(path)


def test_a_cancel_of_some_parts_reaches_the_others(site: Site) -> None:
    path = site.document("long.pdf", pdf(*PAGES))
    site.parse(path)
    site.run(site.claim())
    second = site.claim()

    site.cancel(path)
    site.run(second)

    assert site.states(path) == ["done", "cancelled", "cancelled", "cancelled"]
    assert site.shown(path)["run"] == "CANCEL"
    site.tidy()
    site.assert_consistent(path)


def test_a_worker_that_stops_hands_its_task_back(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    site.parse(path)

    outcome = parse(site.services, site.claim(), site.process, lambda: True)
    assert outcome is Outcome.RELEASED

    [task] = site.tasks(path)
    assert (task["state"], task["attempts"], task["owner"]) == ("pending", 0, "")
    assert site.shown(path)["run"] == "RUNNING"
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_a_task_of_a_deleted_document_is_dropped(site: Site) -> None:
    path = site.document("notes.md", NOTES)
    site.parse(path)
    task = site.claim()
    data_of(site.client.delete(f"{folder_of(path)}/documents", json={"ids": [path.split("/")[6]]}))

    site.run(task)

    site.tidy()
    assert site.rows(Task, Task.id == task.id) == []
    assert site.rows(StoredChunk, StoredChunk.document_id == path.split("/")[6]) == []
    assert site.services.chunk_store.count(path.split("/")[4]) == 0
