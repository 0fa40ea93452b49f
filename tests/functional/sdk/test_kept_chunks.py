"""What people have added to a document's chunks, or changed in them, outlives parsing it again."""

import importlib
from typing import Any

import pytest

from api.db.connection import connection
from api.db.models.document import StoredChunk
from tests.functional.ingesting import Site, folder_of, lines_of
from tests.functional.interrupting import killed_at
from tests.functional.library import add_chunk, data_of, refused

LAMP = "The keeper lights the lamp at dusk."
FOG = "In fog the bell rings every minute."
NOTES = f"{LAMP}\n{FOG}\nSupplies come on Friday.".encode()
LINES = {"chunk_token_num": 12, "delimiter": "\n"}
CORRECTED = "The keeper lights the lamp at noon."
ADDED = "The keeper has a dog named Max."

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def path(site: Site) -> str:
    """Return a document of three chunks, of which one was corrected, one hidden, and one added."""
    made = site.document("notes.txt", NOTES)
    site.change(made, parser_config=LINES)
    site.parse(made)
    site.work()
    lamp, fog, _ = site.chunks(made)
    correct(site, made, lamp)
    data_of(site.client.patch(f"{made}/chunks", json={"chunk_ids": [fog["id"]], "available": 0}))
    add_chunk(site.client, made, ADDED, important_keywords=["dachshund"], questions=["Whose pet?"])
    return made


def correct(site: Site, path: str, chunk: dict[str, Any], content: str = CORRECTED) -> None:
    data_of(site.client.put(f"{path}/chunks/{chunk['id']}", json={"content": content}))


def again(site: Site, path: str, **options: object) -> list[str]:
    """Parse a document again; return the lines of its progress."""
    body = {"document_ids": [path.split("/")[6]], **options}
    data_of(site.client.post(f"{folder_of(path)}/chunks", json=body))
    site.work()
    shown = site.shown(path)
    assert shown["run"] == "DONE", shown
    site.tidy()
    site.assert_consistent(path)
    return lines_of(shown["progress_msg"])


def contents(site: Site, path: str) -> list[str]:
    return [chunk["content"] for chunk in site.chunks(path)]


def assert_all_is_kept(site: Site, path: str) -> None:
    """Fail unless the three made by people are there and searched as they should be."""
    assert contents(site, path) == [CORRECTED, FOG, "Supplies come on Friday.", ADDED]
    chunks = site.chunks(path)
    assert [chunk["source"] for chunk in chunks] == ["edited", "edited", "parsed", "added"]
    assert [chunk["available"] for chunk in chunks] == [True, False, True, True]
    assert chunks[3]["important_keywords"] == ["dachshund"]
    assert chunks[3]["questions"] == ["Whose pet?"]
    assert site.found(path, "dachshund") == [ADDED]
    assert site.found(path, "lamp") == [CORRECTED]
    assert site.found(path, "bell") == []


def test_what_people_made_is_kept_in_its_place_and_told(site: Site, path: str) -> None:
    ids = [chunk["id"] for chunk in site.chunks(path)]
    lines = again(site, path)
    assert "Kept chunks made by hand: 1 added, 2 changed." in lines
    assert_all_is_kept(site, path)
    assert [chunk["id"] for chunk in site.chunks(path)] == ids
    again(site, path)
    assert_all_is_kept(site, path)


def test_the_search_of_a_client_finds_what_was_corrected(site: Site, path: str) -> None:
    again(site, path)
    body = {"dataset_ids": [path.split("/")[4]], "question": "When is the lamp lit at noon?"}
    found = data_of(site.client.post("/api/v1/retrieval", json=body))["chunks"]
    assert found[0]["content"] == CORRECTED


def test_changes_are_discarded_for_a_word_and_what_was_added_stays(site: Site, path: str) -> None:
    lines = again(site, path, discard_edits=True)
    assert "Kept chunks made by hand: 1 added, 0 changed." in lines
    assert contents(site, path) == [LAMP, FOG, "Supplies come on Friday.", ADDED]
    assert site.found(path, "bell") == [FOG]


def test_the_word_holds_for_what_was_changed_before_it(site: Site, path: str) -> None:
    site.parse(path)
    body = {"document_ids": [path.split("/")[6]], "discard_edits": True}
    site.cancel(path)
    data_of(site.client.post(f"{folder_of(path)}/documents/parse", json=body))
    task = site.claim()
    site.ingest(task)
    later = site.chunks(path)[2]
    correct(site, path, later, "Supplies come on Monday.")
    site.publish(task)
    site.tidy()
    assert contents(site, path) == [LAMP, FOG, "Supplies come on Monday.", ADDED]
    site.assert_consistent(path)


def test_a_run_that_was_cancelled_takes_its_word_with_it(site: Site, path: str) -> None:
    body = {"document_ids": [path.split("/")[6]], "discard_edits": True}
    data_of(site.client.post(f"{folder_of(path)}/chunks", json=body))
    site.cancel(path)
    again(site, path)
    assert_all_is_kept(site, path)


@pytest.mark.parametrize("word", ["yes", 1, None])
def test_only_true_discards(site: Site, path: str, word: object) -> None:
    body = {"document_ids": [path.split("/")[6]], "discard_edits": word}
    answer = site.client.post(f"{folder_of(path)}/chunks", json=body)
    assert "discard_edits" in refused(answer, 400, 101)


def test_a_corrected_chunk_stays_beside_text_that_is_cut_in_another_way(
    site: Site, path: str
) -> None:
    site.change(path, parser_config={"chunk_token_num": 512, "delimiter": "\n"})
    again(site, path)
    assert sorted(contents(site, path)) == sorted([NOTES.decode(), CORRECTED, FOG, ADDED])
    assert CORRECTED in site.found(path, "lamp")


def test_another_chunk_method_leaves_what_people_made(site: Site, path: str) -> None:
    site.change(path, chunk_method="one")
    shown = site.shown(path)
    assert (shown["run"], shown["chunk_count"]) == ("UNSTART", 3)
    assert sorted(contents(site, path)) == sorted([CORRECTED, FOG, ADDED])
    site.tidy()
    site.assert_consistent(path)
    assert site.found(path, "dachshund") == [ADDED]
    again(site, path)
    assert sorted(contents(site, path)) == sorted([NOTES.decode(), CORRECTED, FOG, ADDED])


def test_another_chunk_method_takes_the_word_too(site: Site, path: str) -> None:
    site.change(path, chunk_method="one", discard_edits=True)
    assert contents(site, path) == [ADDED]
    site.tidy()
    site.assert_consistent(path)


def test_what_was_added_before_the_first_run_stays_behind_what_that_makes(site: Site) -> None:
    path = site.document("notes.txt", NOTES)
    add_chunk(site.client, path, ADDED)
    again(site, path)
    assert contents(site, path) == [NOTES.decode(), ADDED]


def test_a_chunk_added_with_the_words_of_the_file_is_there_once(site: Site) -> None:
    path = site.document("notes.txt", LAMP.encode())
    add_chunk(site.client, path, LAMP, important_keywords=["beacon"])
    again(site, path)
    assert contents(site, path) == [LAMP]
    assert site.found(path, "beacon") == [LAMP]


def test_what_people_deleted_is_made_again(site: Site, path: str) -> None:
    added = site.chunks(path)[3]
    lamp = site.chunks(path)[0]
    data_of(site.client.delete(f"{path}/chunks", json={"chunk_ids": [lamp["id"], added["id"]]}))
    again(site, path)
    assert contents(site, path) == [LAMP, FOG, "Supplies come on Friday."]


def test_a_copy_for_the_same_content_holds_nobodys_changes(site: Site, path: str) -> None:
    again(site, path)
    other = site.another(folder_of(path), "copy.txt", NOTES)
    site.change(other, parser_config=LINES)
    lines = again(site, other)
    assert contents(site, other) == [LAMP, FOG, "Supplies come on Friday."]
    assert not any(line.startswith("Kept") for line in lines)
    assert not any(line.startswith("Took over") for line in lines)


def test_a_document_with_changes_may_take_over_the_rest(site: Site, path: str) -> None:
    other = site.another(folder_of(path), "copy.txt", NOTES)
    site.change(other, parser_config=LINES)
    again(site, other)
    lines = again(site, path)
    assert "Took over the chunks of copy.txt: same content, same settings." in lines
    assert contents(site, path) == [CORRECTED, FOG, "Supplies come on Friday.", ADDED]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("method", ["discard", "stage", "publish", "put"])
def test_a_worker_that_is_killed_loses_nothing_that_people_made(
    site: Site, path: str, method: str, *, after: bool
) -> None:
    site.parse(path)
    task = killed_at(site, method, after=after)
    assert sorted(contents(site, path)) == sorted(
        [CORRECTED, FOG, "Supplies come on Friday.", ADDED]
    )
    site.lose(task)
    site.work()
    assert site.shown(path)["run"] == "DONE"
    site.tidy()
    site.assert_consistent(path)
    assert_all_is_kept(site, path)


def test_a_failed_run_leaves_what_people_made(site: Site, path: str) -> None:
    site.parse(path)
    task = site.claim()
    site.ingest(task)
    site.services.tasks.fail(task, "It is broken.")
    site.tidy()
    assert_all_is_kept(site, path)
    again(site, path)
    assert_all_is_kept(site, path)


def test_making_the_index_anew_keeps_it_as_well(site: Site, path: str) -> None:
    again(site, path)
    site.services.chunk_store.drop_dataset(path.split("/")[4])
    site.services.library.reindexer.run(None, lambda _done, _total: None)
    assert_all_is_kept(site, path)
    again(site, path)
    assert_all_is_kept(site, path)


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_every_database_tells_what_people_made(site: Site, path: str) -> None:
    again(site, path)
    assert_all_is_kept(site, path)


def sources(site: Site) -> dict[int, str]:
    """Return where all chunks come from, by their numbers."""
    return {row["seq"]: row["source"] for row in site.rows(StoredChunk, StoredChunk.seq > 0)}


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_older_databases_learn_what_people_made(site: Site, path: str) -> None:
    early = site.another(folder_of(path), "early.txt", b"Nothing is parsed yet.")
    add_chunk(site.client, early, ADDED)
    before = sources(site)
    site.set_rows(StoredChunk, StoredChunk.seq > 0, source="parsed")
    step = importlib.import_module("api.db.migrations.0003_chunk_source")
    with connection(site.services.database):
        step.apply(site.services.database)
    assert sources(site) == before
    assert set(before.values()) == {"parsed", "edited", "added"}
