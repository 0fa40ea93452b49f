"""Chunks that are split and merged by hand."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.ingesting import Site
from tests.functional.library import data_of, refused

TEXT = (
    b"# One\n\nThe lamp burns. The tide rises.\n\n# Two\n\nStorms come.\n\n# Three\n\nGulls cry.\n"
)


@pytest.fixture
def path(site: Site) -> str:
    """Parse a document of three chunks."""
    made = site.document("lamp.md", TEXT)
    site.change(made, parser_config={"chunk_token_num": 12})
    site.parse(made)
    site.work()
    assert len(site.chunks(made)) == 3
    return made


def split(client: FlaskClient, path: str, chunk: dict[str, Any], *words: str) -> list[Any]:
    """Split a chunk before some words."""
    at = [chunk["content"].index(word) for word in words]
    answer = data_of(client.post(f"{path}/chunks/{chunk['id']}/split", json={"at": at}))
    chunks: list[Any] = answer["chunks"]
    return chunks


def test_the_pieces_of_a_chunk_follow_each_other(site: Site, path: str) -> None:
    first, *_ = site.chunks(path)
    pieces = split(site.client, path, first, "tide", "rises")
    assert [piece["source"] for piece in pieces] == ["edited", "added", "added"]
    assert pieces[0]["id"] == first["id"]
    assert all(piece["positions"] == first["positions"] for piece in pieces)
    shown = site.chunks(path)
    assert [chunk["id"] for chunk in shown[:3]] == [piece["id"] for piece in pieces]
    assert [chunk["content"] for chunk in shown[:3]] == [piece["content"] for piece in pieces]
    assert site.shown(path)["chunk_count"] == 5
    split(site.client, path, shown[0], "burns")
    ends = [chunk["content"].split()[-1] for chunk in site.chunks(path)]
    assert ends == ["lamp", "The", "tide", "rises.", "come.", "cry."]
    assert site.found(path, "tide") == [shown[1]["content"]]
    site.assert_consistent(path)


def test_merged_chunks_are_one_in_the_order_of_the_document(site: Site, path: str) -> None:
    first, second, third = site.chunks(path)
    site.client.patch(f"{path}/chunks/{third['id']}", json={"important_keywords": ["bird"]})
    body = {"chunk_ids": [third["id"], first["id"]]}
    [whole] = data_of(site.client.post(f"{path}/chunks/merge", json=body))["chunks"]
    assert whole["id"] == first["id"]
    assert whole["content"] == f"{first['content']}\n{third['content']}"
    assert whole["important_keywords"] == ["bird"]
    assert [chunk["id"] for chunk in site.chunks(path)] == [first["id"], second["id"]]
    assert site.shown(path)["chunk_count"] == 2
    assert site.found(path, "gulls") == [whole["content"]]
    site.assert_consistent(path)


@pytest.mark.databases("sqlite")
def test_edits_are_counted_with_what_becomes_of_them(site: Site, path: str) -> None:
    nothing = {"edited": 0, "added": 0, "switched_off": 0, "kept": 0, "lost_by_discarding": 0}
    assert data_of(site.client.get(f"{path}/edits")) == nothing
    first, second, _ = site.chunks(path)
    split(site.client, path, first, "tide")
    site.client.patch(f"{path}/chunks/{second['id']}", json={"available": False})
    told = data_of(site.client.get(f"{path}/edits"))
    expected = {"edited": 2, "added": 1, "switched_off": 1, "kept": 3, "lost_by_discarding": 2}
    assert told == expected
    site.parse(path)
    site.work()
    assert data_of(site.client.get(f"{path}/edits")) == expected


@pytest.mark.databases("sqlite")
def test_what_cannot_be_cut_is_refused(
    site: Site, path: str, client: FlaskClient, stranger: FlaskClient
) -> None:
    first, second, _ = site.chunks(path)
    address = f"{path}/chunks/{first['id']}/split"
    for at in ([], [0], [-1], ["x"], [10_000], [len(first["content"])]):
        assert "at" in refused(client.post(address, json={"at": at}), 400, 101)
    merge = f"{path}/chunks/merge"
    for ids in ([], [first["id"]], [first["id"], first["id"]]):
        assert "chunk_ids" in refused(client.post(merge, json={"chunk_ids": ids}), 400, 101)
    refused(client.post(merge, json={"chunk_ids": [first["id"], "0" * 16]}), 404, 102)
    refused(client.post(f"{path}/chunks/{'0' * 16}/split", json={"at": [1]}), 404, 102)
    refused(stranger.post(address, json={"at": [3]}), 404, 102)
    long = "x" * 40_000
    for chunk in (first, second):
        client.patch(f"{path}/chunks/{chunk['id']}", json={"content": long})
    too_long = client.post(merge, json={"chunk_ids": [first["id"], second["id"]]})
    assert "65,536" in refused(too_long, 400, 101)
    assert len(site.chunks(path)) == 3
