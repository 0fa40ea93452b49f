"""The same content is not parsed and embedded twice, and what differs is."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from api.db.models.document import Document
from tests.functional.conftest import client_with, join
from tests.functional.ingesting import Site, folder_of, lines_of
from tests.functional.library import data_of
from tests.pdfs import pdf

NOTES = "\n".join(f"{line}. The keeper lights lamp {line} at dusk." for line in range(600)).encode()


def parsed(site: Site, path: str) -> str:
    """Parse a document; return the lines of its progress."""
    site.parse(path)
    site.work()
    shown = site.shown(path)
    assert shown["run"] == "DONE", shown
    return str(shown["progress_msg"])


def took_over(message: str) -> bool:
    return any(line.startswith("Took over the chunks of ") for line in lines_of(message))


@pytest.fixture
def first(site: Site) -> str:
    """Return a parsed document of several chunks."""
    path = site.document("first.txt", NOTES)
    assert not took_over(parsed(site, path))
    assert len(site.chunks(path)) > 2
    return path


def second(site: Site, first: str, name: str = "second.txt") -> str:
    """Return another document with the same content in the same dataset."""
    return site.another(folder_of(first), name, NOTES)


def contents(site: Site, path: str) -> list[str]:
    return [chunk["content"] for chunk in site.chunks(path)]


def test_the_same_content_is_taken_over_under_ids_of_its_own(site: Site, first: str) -> None:
    path = second(site, first)
    assert "Took over the chunks of first.txt: same content" in parsed(site, path)
    assert contents(site, path) == contents(site, first)
    assert not {c["id"] for c in site.chunks(path)} & {c["id"] for c in site.chunks(first)}
    vectors = site.services.chunk_store.vectors
    dataset = folder_of(first).split("/")[4]
    made, copied = (vectors(dataset, item.split("/")[6]) for item in (first, path))
    assert sorted(v.tobytes() for v in made.values()) == sorted(
        v.tobytes() for v in copied.values()
    )
    assert site.found(path, "keeper")
    site.assert_consistent(path)


def test_a_copy_does_not_depend_on_what_it_was_made_from(site: Site, first: str) -> None:
    path = second(site, first)
    parsed(site, path)
    before = contents(site, path)
    body = {"ids": [first.split("/")[6]]}
    data_of(site.client.delete(folder_of(first) + "/documents", json=body))
    site.tidy()
    assert contents(site, path) == before
    assert site.found(path, "keeper")
    site.assert_consistent(path)


def test_a_document_that_is_parsed_again_as_it_was_keeps_its_chunks(site: Site, first: str) -> None:
    before = site.chunks(first)
    assert took_over(parsed(site, first))
    after = site.chunks(first)
    assert [(c["id"], c["content"]) for c in after] == [(c["id"], c["content"]) for c in before]
    site.tidy()
    site.assert_consistent(first)


@pytest.mark.parametrize(
    "change",
    [
        {"parser_config": {"chunk_token_num": 64}},
        {"parser_config": {"delimiter": "."}},
        {"chunk_method": "one"},
    ],
)
def test_other_settings_make_other_chunks(
    site: Site, first: str, change: dict[str, object]
) -> None:
    path = second(site, first)
    site.change(path, **change)
    assert not took_over(parsed(site, path))
    assert contents(site, path) != contents(site, first)


def test_another_type_of_file_is_read_anew(site: Site, first: str) -> None:
    assert not took_over(parsed(site, second(site, first, "second.md")))


def test_the_same_content_in_another_dataset_is_taken_over(site: Site, first: str) -> None:
    path = site.document("other.txt", NOTES, dataset="elsewhere")
    assert took_over(parsed(site, path))
    assert contents(site, path) == contents(site, first)
    assert sorted(site.found(path, "keeper")) == sorted(site.found(first, "keeper"))
    data_of(site.client.delete("/api/v1/datasets", json={"ids": [first.split("/")[4]]}))
    site.tidy()
    assert site.found(path, "keeper")
    site.assert_consistent(path)


@pytest.mark.usefixtures("first")
def test_what_others_have_is_not_looked_into(site: Site, app: Flask) -> None:
    theirs = client_with(app, join(site.services, "mill@example.org").api_key)
    elsewhere = replace(site, client=theirs)
    assert not took_over(parsed(elsewhere, elsewhere.document("other.txt", NOTES)))


def add(site: Site, path: str) -> None:
    data_of(site.client.post(f"{path}/chunks", json={"content": "Added by hand."}))


def update(site: Site, path: str) -> None:
    chunk = site.chunks(path)[0]["id"]
    data_of(site.client.put(f"{path}/chunks/{chunk}", json={"content": "Changed by hand."}))


def delete(site: Site, path: str) -> None:
    body = {"chunk_ids": [site.chunks(path)[0]["id"]]}
    data_of(site.client.delete(f"{path}/chunks", json=body))


@pytest.mark.parametrize("edit", [add, update, delete])
def test_edited_chunks_are_not_those_of_the_content(
    site: Site, first: str, edit: Callable[[Site, str], None]
) -> None:
    before = contents(site, first)
    edit(site, first)
    path = second(site, first)
    assert not took_over(parsed(site, path))
    assert contents(site, path) == before


def test_what_was_switched_off_is_on_in_a_copy(site: Site, first: str) -> None:
    chunk = site.chunks(first)[0]["id"]
    body = {"chunk_ids": [chunk], "available_int": 0}
    data_of(site.client.patch(f"{first}/chunks", json=body))
    path = second(site, first)
    parsed(site, path)
    assert all(item["available"] for item in site.chunks(path))


def test_a_source_whose_vectors_are_lost_is_not_relied_on(site: Site, first: str) -> None:
    dataset, document = first.split("/")[4], first.split("/")[6]
    site.services.chunk_store.drop_document(dataset, document)
    path = second(site, first)
    assert not took_over(parsed(site, path))
    assert contents(site, path) == contents(site, first)
    assert site.found(path, "keeper")


def test_a_source_without_chunks_is_no_source(site: Site, first: str) -> None:
    site.change(first, chunk_method="one")
    site.set_rows(Document, Document.id == first.split("/")[6], chunk_method="naive")
    path = second(site, first)
    assert not took_over(parsed(site, path))
    assert site.chunks(path)


def test_a_cancelled_task_takes_nothing_over(site: Site, first: str) -> None:
    path = second(site, first)
    site.parse(path)
    task = site.claim()
    site.cancel(path)
    site.run(task)
    assert site.shown(path)["run"] == "CANCEL"
    assert site.chunks(path) == []
    site.tidy()
    site.assert_consistent(path)


def test_parts_of_one_run_under_different_settings_are_no_source(site: Site) -> None:
    settings = site.services.settings
    worker = settings.worker.model_copy(update={"pages_per_task": 1})
    site.services.live.take(settings.model_copy(update={"worker": worker}))
    path = site.document("long.pdf", pdf("The first page of it.", "The second page of it."))
    site.parse(path)
    site.run(site.claim())
    this = Document.id == path.split("/")[6]
    [row] = site.rows(Document, this)
    site.set_rows(Document, this, parser_config=row["parser_config"] | {"chunk_token_num": 64})
    site.work()
    assert site.shown(path)["run"] == "DONE"
    assert not took_over(parsed(site, path))
