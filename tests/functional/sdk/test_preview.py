"""Seeing how a document would be cut, without anything being stored."""

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of, refused
from tests.pdfs import pdf

pytestmark = [pytest.mark.databases("sqlite"), pytest.mark.long]

TEXT = b"# One\n\nThe lamp burns.\n\n# Two\n\nStorms come.\n\n# Three\n\nGulls cry.\n"


def test_a_preview_is_what_parsing_makes(site: Site) -> None:
    path = site.document("lamp.md", TEXT)
    wanted = {"parser_config": {"chunk_token_num": 8}}
    told = data_of(site.client.post(f"{path}/preview", json=wanted))
    assert (told["more"], told["remarks"]) == (False, [])
    assert site.chunks(path) == []
    shown = site.shown(path)
    assert (shown["run"], shown["parser_config"]["chunk_token_num"]) == ("UNSTART", 512)
    site.change(path, **wanted)
    site.parse(path)
    site.work()
    made = [(chunk["content"], chunk["positions"]) for chunk in site.chunks(path)]
    assert [(chunk["content"], chunk["positions"]) for chunk in told["chunks"]] == made
    assert data_of(site.client.post(f"{path}/preview", json={}))["chunks"] == told["chunks"]
    first = data_of(site.client.post(f"{path}/preview", json={"limit": 1}))
    assert (first["chunks"], first["more"]) == (told["chunks"][:1], True)


def test_headings_and_neighbours_of_tables_go_into_chunks(site: Site) -> None:
    table = b"# One\n\nOf lamps.\n\n| a | b |\n|---|---|\n| c | d |\n\nOf gulls.\n\n## Two\n\nEnd."
    path = site.document("lamp.md", table)
    options = {"chunk_token_num": 8, "table_context_size": 20, "toc_extraction": True}
    site.change(path, parser_config=options)
    told = data_of(site.client.post(f"{path}/preview", json={}))["chunks"]
    contents = [chunk["content"] for chunk in told]
    assert contents[1] == "One\nOf lamps.\na | b\nc | d\nOf gulls."
    assert contents[-2:] == ["Table of contents\nOne", "  Two"]
    site.parse(path)
    site.work()
    assert [chunk["content"] for chunk in site.chunks(path)] == contents


def test_some_pages_by_another_method(site: Site) -> None:
    path = site.document("book.pdf", pdf("page one", "page two", "page three"))
    wanted = {"chunk_method": "presentation", "first_page": 2, "last_page": 3}
    told = data_of(site.client.post(f"{path}/preview", json=wanted))
    assert [chunk["positions"][0][0] for chunk in told["chunks"]] == [2, 3]


def test_what_cannot_be_cut_says_why(site: Site, stranger: FlaskClient) -> None:
    path = site.document("broken.pdf", b"%PDF-1.7 broken")
    address = f"{path}/preview"
    assert "damaged" in refused(site.client.post(address, json={}), 422, 101)
    unknown = site.client.post(address, json={"chunk_method": "x"})
    assert "chunk_method" in refused(unknown, 400, 102)
    unbuilt = site.client.post(address, json={"chunk_method": "knowledge_graph"})
    assert "knowledge_graph" in refused(unbuilt, 501, 501)
    for wanted in (
        {"limit": 0},
        {"limit": 201},
        {"first_page": 0},
        {"first_page": 3, "last_page": 2},
    ):
        assert next(reversed(wanted)) in refused(site.client.post(address, json=wanted), 400, 101)
    refused(stranger.post(address, json={}), 404, 102)
    empty = site.document("empty.pdf", b"", dataset="other")
    nothing = {"chunks": [], "more": False, "remarks": []}
    assert data_of(site.client.post(f"{empty}/preview", json={})) == nothing
