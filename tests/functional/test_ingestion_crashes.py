"""Workers that are killed between any two steps."""

from collections.abc import Sequence

import pytest

from api.config.settings import Settings
from api.db.models.document import StoredChunk, Task
from tests.functional.ingesting import Site
from tests.functional.interrupting import (
    embedding_by,
    killed_at,
)
from tests.model_endpoint import ModelEndpoint
from tests.pdfs import pdf

OLD = "The lamp was lit by hand."
NEW = "The lamp is lit by a clock."


@pytest.fixture
def settings(settings: Settings, endpoint: ModelEndpoint) -> Settings:
    """Embed by a model that can be told to wait or to refuse."""
    return embedding_by(endpoint, settings)


def re_parsed(site: Site) -> str:
    """Make a document with chunks and have it parsed again with other content."""
    path = site.document("doc.txt", OLD.encode())
    site.parse(path)
    site.work()
    site.replace_content(path, NEW.encode())
    site.parse(path)
    return path


def found_texts(site: Site, path: str) -> Sequence[str]:
    """Return what a search finds that both contents answer."""
    return site.found(path, "lamp")


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["discard", "stage"])
def test_a_worker_that_dies_before_the_switch_changes_nothing_yet(
    site: Site, method: str, *, after: bool
) -> None:
    path = re_parsed(site)
    task = killed_at(site, method, after=after)

    assert found_texts(site, path) == [OLD]
    assert [chunk["content"] for chunk in site.chunks(path)] == [OLD]
    site.lose(task)
    site.work()

    assert found_texts(site, path) == [NEW]
    assert site.shown(path)["run"] == "DONE"
    assert site.tasks(path)[-1]["attempts"] == 2
    site.assert_consistent(path)


@pytest.mark.parametrize("after", [False, True])
def test_a_worker_that_dies_between_switch_and_publication_is_carried_on(
    site: Site, endpoint: ModelEndpoint, *, after: bool
) -> None:
    path = re_parsed(site)
    task = killed_at(site, "publish", after=after)

    assert [chunk["content"] for chunk in site.chunks(path)] == [NEW], "the database has turned"
    assert found_texts(site, path) == [NEW if after else OLD]
    assert site.shown(path)["run"] == "RUNNING"
    site.set_rows(Task, Task.id == task.id, attempts=3)  # the last
    site.lose(task)
    asked = len(endpoint.received)
    site.work()

    assert len(endpoint.received) == asked, "nothing is embedded again"
    assert found_texts(site, path) == [NEW]
    assert site.shown(path)["run"] == "DONE"
    site.assert_consistent(path)


def test_the_last_part_of_a_document_may_die_before_the_publication(site: Site) -> None:
    path = site.document("long.pdf", pdf(*(f"Page lamp{number}." for number in range(5))))
    site.parse(path)
    site.run(site.claim())
    site.run(site.claim())
    task = killed_at(site, "publish", after=False)
    site.lose(task)

    assert site.work() == 1

    assert site.states(path) == ["done"] * 3
    assert site.found(path, "lamp0")
    assert site.found(path, "lamp4")
    site.assert_consistent(path)


def test_what_a_worker_that_dies_after_publication_has_left_is_cleaned_up(site: Site) -> None:
    path = re_parsed(site)
    task = site.claim()
    site.ingest(task)
    site.publish(task)

    assert site.shown(path)["run"] == "DONE"
    assert found_texts(site, path) == [NEW]
    assert [chunk["content"] for chunk in site.chunks(path)] == [NEW]
    generations = {row["generation"] for row in site.rows(StoredChunk, StoredChunk.seq > 0)}
    assert generations == {1, 2}, "the old rows are still there"
    site.tidy()

    site.assert_consistent(path)


def test_a_run_that_ended_otherwise_is_cleaned_up_as_well(site: Site) -> None:
    path = re_parsed(site)
    task = site.claim()
    site.ingest(task)
    site.services.tasks.fail(task, "It is broken.")

    site.tidy()

    assert site.shown(path)["run"] == "FAIL"
    assert found_texts(site, path) == [OLD]
    site.assert_consistent(path)
    site.services.chunk_store.publish(*path.split("/")[4::2], task.generation)
    assert found_texts(site, path) == [], "nothing of the failed run was left"


def test_a_run_that_was_cleaned_up_too_early_is_cleaned_up_again(site: Site) -> None:
    path = site.document("long.pdf", pdf(*(f"Page lamp{number}." for number in range(4))))
    site.parse(path)
    site.run(site.claim())
    second = site.claim()
    site.cancel(path)
    site.tidy()  # while the second part is still at work
    site.ingest(second)
    site.services.tasks.cancel(second)

    site.tidy()

    assert site.rows(StoredChunk, StoredChunk.document_id == path.split("/")[6]) == []
    site.assert_consistent(path)


TEXT = b"\n".join(b"The lamp %d shines." % number for number in range(4))
