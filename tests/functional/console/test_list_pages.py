"""Lists of the console's pages, page by page behind the last row, and with some fields alone."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.functional.library import (
    API,
    add_chunk,
    data_of,
    make_dataset,
    make_document,
    refused,
    upload,
)

pytestmark = pytest.mark.databases("sqlite")

NAMES = ["a", "b", "c"]


@pytest.fixture
def filled(console: FlaskClient, client: FlaskClient) -> str:
    """Make three of everything that is listed; return the id of the first dataset."""
    ids = [make_dataset(client, name)["id"] for name in NAMES]
    upload(client, ids[0], *((f"{name}.txt", b"") for name in NAMES))
    for name in NAMES:
        data_of(client.post(f"{API}/chats", json={"name": name}))
        data_of(console.post("/v1/search/create", json={"name": name}))
    return str(ids[0])


def walked(console: FlaskClient, path: str, rows: str) -> list[list[dict[str, Any]]]:
    """Return the pages of a list, each of which names the next one."""
    pages, address = [], path
    while address:
        answer = console.get(address) if path.startswith(API) else console.post(address, json={})
        pages.append(data_of(answer)[rows])
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("Link", ""))
        address = link[1] if link else ""
    return pages


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/v1/kb/list?", "kbs"),
        ("/v1/document/list?kb_id={}&", "docs"),
        ("/v1/dialog/next?", "dialogs"),
        (f"{API}/searches?", "search_apps"),
    ],
)
def test_a_page_names_what_follows(console: FlaskClient, filled: str, path: str, rows: str) -> None:
    path = path.format(filled)
    wanted = "page_size=2&orderby=name&desc=false&fields=id,name"
    pages = walked(console, f"{path}page=1&{wanted}", rows)
    names = [[row["name"].removesuffix(".txt") for row in page] for page in pages]
    assert names == [NAMES[:2], NAMES[2:]]
    assert {tuple(row) for page in pages for row in page} == {("id", "name")}
    behind = f"{path}{wanted}&after={pages[0][0]['id']}"
    assert walked(console, behind, rows)[0][0] == pages[0][1]


def test_conversations_follow_a_row(console: FlaskClient, filled: str) -> None:
    del filled
    [chat, *_] = data_of(console.post("/v1/dialog/next", json={}))["dialogs"]
    for name in NAMES:
        begun = {"dialog_id": chat["id"], "name": name, "is_new": True}
        data_of(console.post("/v1/conversation/set", json=begun))
    address = f"/v1/conversation/list?dialog_id={chat['id']}&page=1&page_size=2&fields=id,name"
    first = console.get(f"{address}&orderby=create_time&desc=false")
    link = re.fullmatch(r'<(.*)>; rel="next"', first.headers["Link"])
    assert link
    rest = data_of(console.get(link[1]))
    assert [[row["name"] for row in page] for page in (data_of(first), rest)] == [
        NAMES[:2],
        NAMES[2:],
    ]
    assert {tuple(row) for row in (*data_of(first), *rest)} == {("id", "name")}
    wrongs = (
        ("fields=nothing", "nothing"),
        ("orderby=name", "orderby"),
        ("after=x&page=1", "after"),
    )
    for wrong, named in wrongs:
        asked = f"/v1/conversation/list?dialog_id={chat['id']}&{wrong}"
        assert named in refused(console.get(asked), 200, 101)


def test_chunks_follow_a_row(console: FlaskClient, client: FlaskClient) -> None:
    document = make_document(client)
    for name in NAMES:
        add_chunk(client, document, name)
    doc_id = document.rpartition("/")[2]
    wanted: dict[str, object] = {"doc_id": doc_id, "fields": ["chunk_id", "docnm_kwd"]}
    whole = data_of(console.post("/v1/chunk/list", json=wanted))
    assert [tuple(row) for row in whole["chunks"]] == [("chunk_id", "docnm_kwd")] * 3
    first, *rest = whole["chunks"]
    behind = {**wanted, "after": first["chunk_id"]}
    assert data_of(console.post("/v1/chunk/list", json=behind))["chunks"] == rest
    one = data_of(console.post("/v1/chunk/list", json={**behind, "size": 1}))
    assert (one["chunks"], one["total"]) == (rest[:1], 3)
    for wrong in ({"fields": ["nothing"]}, {"after": "x", "page": 1}, {"keywords": "a"}):
        refused(console.post("/v1/chunk/list", json={**behind, **wrong}), 200, 101)


def test_search_apps_follow_a_row(console: FlaskClient, filled: str) -> None:
    del filled
    wanted: dict[str, object] = {"orderby": "name", "desc": False, "fields": ["id"]}
    first = data_of(console.post("/v1/search/list", json=wanted))["search_apps"][0]
    rest = data_of(console.post("/v1/search/list", json={**wanted, "after": first["id"]}))
    assert (len(rest["search_apps"]), rest["total"]) == (2, 3)
    assert first not in rest["search_apps"]


def test_what_a_list_does_not_have_is_named(console: FlaskClient, filled: str) -> None:
    for path in ("/v1/kb/list?", f"/v1/document/list?kb_id={filled}&", "/v1/dialog/next?"):
        for wrong, named in (
            ("fields=id,nothing", "nothing"),
            ("after=unknown", "after"),
            ("after=x&page=1", "after"),
        ):
            message = refused(console.post(path + wrong, json={}), 200, 101)
            assert named in message
