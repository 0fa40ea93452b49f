"""A document as it is looked at: chunks by page or by part, with pages and edits."""

from typing import Any

import pytest

from tests.functional.ingesting import Site
from tests.functional.library import data_of, refused
from tests.pdfs import pdf

PAGES = ("The lamp burns at night.", "The tide rises at noon.", "Storms come in autumn.")
LINES = b"".join(b"# Part %d\n\nGull number %d.\n\n" % (number, number) for number in range(7))


def seen(site: Site, path: str, **query: object) -> Any:
    return data_of(site.client.get(f"{path}/view", query_string=query))


def parsed(site: Site, name: str, content: bytes, **change: object) -> str:
    made = site.document(name, content)
    site.change(made, **change)
    site.parse(made)
    site.work()
    return made


def test_the_chunks_of_a_page_are_seen_with_the_pages(site: Site) -> None:
    path = parsed(site, "keeper.pdf", pdf(*PAGES), chunk_method="presentation")
    view = seen(site, path)
    assert (view["on_page"], view["part"], view["total"]) == (1, 1, 1)
    assert (view["pages"]["total"], view["pages_problem"]) == (3, "")
    assert (view["dataset_name"], view["document"]["name"]) == ("handbook", "keeper.pdf")
    assert view["level"] is None
    assert [chunk["content"] for chunk in view["chunks"]] == [PAGES[0]]
    third = site.chunks(path)[2]
    assert seen(site, path, chunk_id=third["id"])["on_page"] == 3
    whole = seen(site, path, chunk_id=third["id"], on_page=0, page_size=2)
    assert (whole["on_page"], whole["part"], whole["total"]) == (0, 2, 3)
    assert [chunk["id"] for chunk in whole["chunks"]] == [third["id"]]


def test_a_file_without_pages_is_seen_in_parts(site: Site) -> None:
    path = parsed(site, "gulls.md", LINES, parser_config={"chunk_token_num": 8})
    chunks = site.chunks(path)
    assert len(chunks) == 7
    view = seen(site, path, page_size=3)
    assert (view["on_page"], view["part"], view["total"], view["pages"]) == (0, 1, 7, None)
    assert "gulls.md has no pages" in view["pages_problem"]
    assert seen(site, path, page_size=3, chunk_id=chunks[4]["id"])["part"] == 2
    last = seen(site, path, page_size=3, part=3)
    assert [chunk["id"] for chunk in last["chunks"]] == [chunks[6]["id"]]
    [found] = seen(site, path, keywords="5")["chunks"]
    assert found["content"].endswith("Gull number <em>5</em>.")


def test_what_people_made_is_counted_and_found_by_its_source(site: Site) -> None:
    path = parsed(site, "gulls.md", LINES, parser_config={"chunk_token_num": 8})
    chunks = site.chunks(path)
    site.client.put(f"{path}/chunks/{chunks[5]['id']}", json={"content": "A tern."})
    site.client.post(f"{path}/chunks", json={"content": "An auk."})
    view = seen(site, path, source="edited")
    assert [chunk["content"] for chunk in view["chunks"]] == ["A tern."]
    assert (view["edits"]["edited"], view["edits"]["added"]) == (1, 1)
    listed = data_of(site.client.get(f"{path}/chunks", query_string={"source": "added"}))
    assert [chunk["content"] for chunk in listed["chunks"]] == ["An auk."]


@pytest.mark.databases("sqlite")
def test_what_is_wrong_with_a_view_is_named(site: Site) -> None:
    path = parsed(site, "gulls.md", LINES)
    for query, word in [
        ({"source": "guessed"}, "source"),
        ({"on_page": "-1"}, "on_page"),
        ({"page_size": "101"}, "page_size"),
    ]:
        answer = site.client.get(f"{path}/view", query_string=query)
        assert word in refused(answer, 400, 101)
    lacking = site.client.get(f"{path}/view", query_string={"chunk_id": "0" * 16})
    assert "0" * 16 in refused(lacking, 404, 102)
