"""Options of cutting: which pages are read, and parts that are found for a longer passage."""

from typing import Any

import pytest

from api.db.models.document import StoredChunk
from api.services.ingestion.page_ranges import shares, within
from rag.chunking.children import in_children
from rag.types import ChunkDraft, Position
from tests.functional.ingesting import Site
from tests.functional.library import data_of, refused
from tests.pdfs import pdf

on_one_database = pytest.mark.databases("sqlite")
"""What does not depend on SQL: others go through the statements."""

PAGES = [f"page {word}" for word in ("one", "two", "three", "four", "five", "six")]
TEXT = b"# Lamps\n\nThe lamp burns. Oil feeds it. Storms come.\n\n# Gulls\n\nGulls cry.\n"
WHOLE = "Lamps\nThe lamp burns. Oil feeds it. Storms come."
SENTENCES = {"use_parent_child": True, "children_delimiter": "."}


def parsed(site: Site, path: str, **config: Any) -> list[str]:
    """Parse a document by these settings, and return its chunks."""
    site.change(path, parser_config=config)
    site.parse(path)
    site.work()
    return [chunk["content"] for chunk in site.chunks(path)]


def found(site: Site, path: str, question: str, **fields: Any) -> list[dict[str, Any]]:
    """Search a document's dataset by words alone."""
    body = {
        "dataset_ids": [path.split("/")[4]],
        "question": question,
        "vector_similarity_weight": 0,
        "similarity_threshold": 0.01,
        **fields,
    }
    answer = data_of(site.client.post("/api/v1/retrieval", json=body))
    chunks: list[dict[str, Any]] = answer["chunks"]
    return chunks


def preview(site: Site, path: str, **wanted: Any) -> list[dict[str, Any]]:
    chunks: list[dict[str, Any]] = data_of(site.client.post(f"{path}/preview", json=wanted))[
        "chunks"
    ]
    return chunks


@on_one_database
def test_only_the_pages_that_are_named_are_read(site: Site) -> None:
    path = site.document("book.pdf", pdf(*PAGES))
    words = [word for number in (1, 2, 4, 5) for word in PAGES[number].split()]
    wanted = {"pages": [[5, 99], [2, 2], [2, 3]]}
    assert " ".join(parsed(site, path, **wanted)).split() == words
    assert " ".join(parsed(site, path, **wanted, task_page_size=1)).split() == words
    assert preview(site, path)[0]["positions"][0][0] == 2
    [only] = preview(site, path, first_page=4, last_page=4)
    assert only["content"] == PAGES[3]
    parsed(site, path, pages=[[7, 9]])
    shown = site.shown(path)
    assert shown["run"] == "FAIL"
    assert "has 6 pages, and none of those that `pages` names" in shown["progress_msg"]


@on_one_database
def test_what_has_no_pages_is_read_whole_and_says_so(site: Site) -> None:
    path = site.document("lamp.md", TEXT)
    assert len(parsed(site, path, pages=[[2, 3]])) == 1
    assert "only PDF files and slides have the pages" in site.shown(path)["progress_msg"]


@on_one_database
def test_the_name_of_a_document_counts_by_its_weight(site: Site) -> None:
    path = site.document("harbour-pilots.md", b"The lamp burns at dusk.")

    def near() -> list[float]:
        most = {"vector_similarity_weight": 1, "similarity_threshold": 0}
        hits = found(site, path, "harbour pilots", **most)
        return sorted(hit["vector_similarity"] for hit in hits)

    parsed(site, path)
    [without] = near()
    parsed(site, path, filename_embd_weight=0.5)
    [parsed_with] = near()
    assert parsed_with > without + 0.3
    data_of(site.client.post(f"{path}/chunks", json={"content": "Gulls cry."}))
    assert min(near()) > without + 0.3, "a chunk that people add is no exception"
    site.change(path, name="storms.md")
    site.set_rows(StoredChunk, StoredChunk.document_id == path.split("/")[6], update_time=1)
    site.tidy()
    assert max(near()) < parsed_with - 0.3, "the name that it has now counts"
    parsed(site, path, filename_embd_weight=0)
    assert max(near()) == pytest.approx(without)


@on_one_database
def test_ranges_of_pages_are_checked(site: Site) -> None:
    path = site.document("lamp.md", TEXT)
    for pages in ([[1]], [[1, 2, 3]], [[3, 2]], [[0, 1]], [3]):
        answer = site.client.put(path, json={"parser_config": {"pages": pages}})
        assert "parser_config.pages" in refused(answer, 400, 101)


def test_ranges_are_put_in_order_and_shared() -> None:
    assert within([(5, 9), (1, 2), (2, 6), (20, 30)], 8) == ((1, 2), (3, 6), (7, 8))
    assert shares([(1, 5), (8, 8)], 2) == [(1, 2), (3, 4), (5, 5), (8, 8)]


def test_a_part_is_found_for_its_passage(site: Site) -> None:
    path = site.document("lamp.md", TEXT)
    config = {"parent_child": SENTENCES, "chunk_token_num": 20}
    cut = [chunk["content"] for chunk in preview(site, path, parser_config=config)]
    contents = parsed(site, path, **config)
    assert contents == [
        "Lamps\nThe lamp burns.",
        " Oil feeds it.",
        " Storms come.",
        "Gulls\nGulls cry.",
    ]
    assert cut == contents
    [hit] = found(site, path, "Which oil feeds storms?")
    assert hit["content"] == WHOLE
    assert hit["part"] in contents[1:3]
    [other] = found(site, path, "gulls")
    assert "part" not in other
    oil = site.chunks(path)[1]["id"]
    data_of(site.client.put(f"{path}/chunks/{oil}", json={"content": "Whale oil feeds it."}))
    for _ in range(2):
        [hit] = found(site, path, "whale")
        assert hit["content"].split() == WHOLE.replace("Oil", "Whale oil").split()
        site.parse(path)
        site.work()
    parsed(site, path, parent_child={"use_parent_child": True, "children_delimiter": "b"})
    [hit] = found(site, path, "whale")
    assert (hit["content"], "part" in hit) == ("Whale oil feeds it.", False)
    parsed(site, path, parent_child=SENTENCES)
    site.change(path, parser_config={"parent_child": {"use_parent_child": False}})
    [hit] = found(site, path, "storms")
    assert (hit["content"], "part" in hit) == (contents[2], False)


@on_one_database
def test_parts_of_copies_belong_to_their_own_passage(site: Site) -> None:
    path = site.document("lamp.md", TEXT)
    parsed(site, path, parent_child=SENTENCES, chunk_token_num=20)
    again = site.another(path.rsplit("/", 2)[0], "copy.md", TEXT)
    parsed(site, again, parent_child=SENTENCES, chunk_token_num=20)
    assert "Took over" in site.shown(again)["progress_msg"]
    [hit] = found(site, again, "storms", document_ids=[again.split("/")[6]])
    assert hit["content"] == WHOLE


def test_parts_share_the_boxes_of_their_chunk() -> None:
    boxes = tuple(Position(1, 0, 9, top, top + 1) for top in range(4))
    draft = ChunkDraft("a b\n\n\nc d\nx`e", boxes, headings=("H",))
    parts = list(in_children([draft], "\n`x``"[:-1]))
    assert [(part.content, part.child) for part in parts] == [
        ("a b\n\n\n", 1),
        ("c d\n", 2),
        ("`e", 3),
    ]
    assert {part.headings for part in parts} == {("H",)}
    assert parts[0].positions[0] == boxes[0]
    assert parts[-1].positions[-1] == boxes[-1]
    alone = ChunkDraft("no line end")
    assert list(in_children([alone], "\n")) == [alone]
