"""Files and folders of a tenant: uploaded, listed, read, renamed and moved."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from api.config.settings import QuotaSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.cleanup import Cleanup
from tests.functional.conftest import Member
from tests.functional.filing import FILES, add_files, add_folder, listing, names, post_received
from tests.functional.library import API, data_of, make_dataset, refused, together, upload
from tests.functional.test_lists import link_of

OLD = f"{API}/file"


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """Return settings with the quotas of a test."""
    return settings.model_copy(update={"quota": QuotaSettings(**getattr(request, "param", {}))})


def stored_files(services: Services) -> list[Path]:
    """Return every file below the data folder's object store."""
    return [path for path in (services.settings.data_path / "files").rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_was_sent(
    client: FlaskClient, services: Services, member: Member
) -> None:
    content = bytes(range(256)) * 3000
    made = data_of(post_received(client, ("灯.bin", content), ("empty.txt", b"")))
    first, empty = made
    assert (first["name"], first["type"], first["size"]) == ("灯.bin", "other", len(content))
    assert (empty["type"], empty["size"]) == ("doc", 0)
    assert first["tenant_id"] == first["parent_id"] == member.account.id
    assert first["source_type"] == ""
    answer = client.get(f"{FILES}/{first['id']}")
    assert answer.data == content
    assert "%E7%81%AF.bin" in answer.headers["Content-Disposition"]
    part = client.get(f"{OLD}/get/{first['id']}", headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.data) == (206, content[1:4])
    assert client.get(f"{FILES}/{empty['id']}").data == b""
    assert len(stored_files(services)) == 1
    with connection(services.database):
        assert Cleanup.select().count() == 0


def test_a_name_that_is_taken_gets_a_number(client: FlaskClient) -> None:
    add_files(client, ("a.txt", b"1"), ("a.txt", b"2"))
    add_files(client, ("a.txt", b"3"), ("A.txt", b"4"))
    assert names(client) == sorted(["a.txt", "a(1).txt", "a(2).txt", "A.txt"])


@pytest.mark.databases("sqlite")
def test_paths_make_folders(client: FlaskClient) -> None:
    top = add_folder(client, "top")
    paths = ("reports/2026/a.txt", "reports/2026", "undefined", "reports\\b.txt")
    files = [(name, b"x") for name in ("a.txt", "c.txt", "d.txt", "b.txt")]
    add_files(client, *files, parent_id=top, paths=paths)
    add_files(client, ("reports/2027/e.txt", b"x"), parent_id=top)
    assert names(client, top) == ["d.txt", "reports"]
    reports = listing(client, top, keywords="REPORT")["files"][0]
    assert (reports["type"], reports["has_child_folder"]) == ("folder", True)
    assert names(client, reports["id"]) == ["2026", "2027", "b.txt"]
    inner = listing(client, reports["id"], orderby="name", desc=False)["files"]
    assert names(client, inner[0]["id"]) == ["a.txt", "c.txt"]
    assert names(client, reports["id"], type="folder") == ["2026", "2027"]
    assert listing(client, reports["id"], type="folder")["total"] == 2
    ancestors = data_of(client.get(f"{FILES}/{inner[0]['id']}/ancestors"))["parent_folders"]
    assert [folder["name"] for folder in ancestors] == ["2026", "reports", "top", "/"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("name", "path"), [("..", ""), ("a\x7f.txt", ""), ("n" * 256, ""), ("a.txt", "b/../a.txt")]
)
def test_what_is_no_name_is_refused_whole(
    client: FlaskClient, services: Services, name: str, path: str
) -> None:
    answer = post_received(client, ("good.txt", b"x"), (name, b"x"), paths=("", path))
    refused(answer, 400, 400)
    assert names(client) == []
    assert stored_files(services) == []


@pytest.mark.databases("sqlite")
def test_folders_have_a_greatest_depth(client: FlaskClient) -> None:
    deep = "/".join("d" * 63) + "/a.txt"
    add_files(client, ("a.txt", b"x"), paths=(deep,))
    assert "64 deep" in refused(post_received(client, ("d/" + deep, b"x")), 400, 400)
    ids = [listing(client)["files"][0]["id"]]
    for _ in range(62):
        ids.append(listing(client, ids[-1])["files"][0]["id"])
    last = add_folder(client, "last", ids[-1])
    body = {"name": "one more", "parent_id": last}
    assert "64 deep" in refused(client.post(FILES, json=body), 400, 400)
    other = add_folder(client, "other")
    body = {"src_file_ids": [ids[0]], "dest_file_id": other}
    assert "64 deep" in refused(client.post(f"{FILES}/move", json=body), 400, 400)
    data_of(client.delete(FILES, json={"ids": [ids[0]]}))
    assert names(client) == ["other"]


def test_pages_are_whole_and_hold(client: FlaskClient) -> None:
    make_dataset(client)
    add_files(client, *[(f"{number:02}.txt", b"x" * number) for number in range(20)])
    first = listing(client)
    assert first["total"] == 21
    assert len(first["files"]) == 15
    assert first["files"][0]["name"] == ".knowledgebase"
    assert first["parent_folder"]["name"] == "/"
    for query in ({}, {"orderby": "size", "desc": "False"}, {"orderby": "type"}):
        pages = [listing(client, page=page, page_size=6, **query)["files"] for page in range(1, 6)]
        assert [len(page) for page in pages] == [6, 6, 6, 3, 0]
        assert len({file["id"] for page in pages for file in page}) == 21
    assert names(client, keywords="1.TX") == ["01.txt", "11.txt"]
    assert names(client, keywords="%") == []


def test_folders_come_before_files_where_that_is_asked_for(client: FlaskClient) -> None:
    make_dataset(client)
    for name in ("b.txt", "d.txt"):
        add_files(client, (name, b"x"))
    folders = [add_folder(client, name) for name in ("c", "a")]
    query = {"orderby": "name", "desc": "false", "folders_first": "true"}
    wanted = [".knowledgebase", "a", "c", "b.txt", "d.txt"]
    assert names(client, **query) == wanted
    assert names(client, **query | {"desc": "true"}) == [".knowledgebase", *"ca", "d.txt", "b.txt"]
    assert names(client, keywords="C", **query) == ["c"]
    for size in (1, 2, 3):
        parts = [names(client, **query, page_size=size, page=page) for page in range(1, 7)]
        assert [name for part in parts for name in part] == wanted, size
        by_id, by_cursor = dict[str, str](), dict[str, str]()
        for place in range(0, 5, size):
            for after in (by_id, by_cursor):
                answer = client.get(FILES, query_string=query | after | {"page_size": size})
                found = data_of(answer)["files"]
                assert [file["name"] for file in found] == wanted[place : place + size]
            by_id = {"after": found[-1]["id"]}
            by_cursor = dict(parse_qsl(urlsplit(link_of(answer)).query))
    second = client.get(FILES, query_string=query | {"page_size": 2})
    data_of(client.delete(FILES, json={"ids": [folders[1]]}))
    left = data_of(client.get(link_of(second)))["files"]
    assert [file["name"] for file in left] == ["c", "b.txt"]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "query",
    [{"page": "-1"}, {"page_size": "0"}, {"page_size": "10001"}, {"orderby": "location"}],
)
def test_a_wrong_page_is_refused(client: FlaskClient, query: dict[str, str]) -> None:
    refused(client.get(FILES, query_string=query), 400, 400)


def test_a_folder_is_made_once(client: FlaskClient) -> None:
    body = {"name": "plans", "type": "folder"}
    made = data_of(client.post(f"{OLD}/create", json=body))
    assert (made["type"], made["size"]) == ("folder", 0)
    assert (
        refused(client.post(f"{OLD}/create", json=body), 409, 409)
        == "Duplicated folder name in the same folder."
    )
    data_of(client.post(f"{OLD}/create", json=body | {"parent_id": made["id"]}))


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": "a/b"},
        {"name": ".."},
        {"name": "x" * 256},
        {"name": 1},
        {"name": None},
        {"name": "a", "type": "virtual"},
    ],
)
def test_what_is_no_folder_is_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    refused(client.post(FILES, json=body), 400, 400)
    assert names(client) == []


@pytest.mark.databases("sqlite")
def test_a_form_without_a_file_is_told(client: FlaskClient) -> None:
    assert refused(post_received(client), 400, 400) == "No file part!"
    assert refused(post_received(client, ("", b"x")), 400, 400) in {
        "No file part!",
        "No file selected!",
    }


def test_a_file_gets_another_name(client: FlaskClient) -> None:
    first, _ = add_files(client, ("a.txt", b"1"), ("b.txt", b"2"))
    folder = add_folder(client, "plans")
    rename = f"{OLD}/rename"
    assert data_of(client.post(rename, json={"file_id": first, "name": "c.TXT"})) is True
    data_of(client.post(rename, json={"file_id": folder, "name": "plans.2026"}))
    assert names(client) == ["b.txt", "c.TXT", "plans.2026"]
    taken = client.post(rename, json={"file_id": first, "name": "b.txt"})
    assert refused(taken, 409, 409) == "Duplicated file name in the same folder."
    other = client.post(rename, json={"file_id": first, "name": "c.pdf"})
    assert refused(other, 400, 400) == "The extension of file can't be changed"
    data_of(client.post(rename, json={"file_id": first, "name": "c.TXT"}))
    assert client.get(f"{FILES}/{first}").data == b"1"


def test_files_and_folders_move(client: FlaskClient) -> None:
    outer, other = add_folder(client, "outer"), add_folder(client, "other")
    inner = add_folder(client, "inner", outer)
    first, second = add_files(client, ("a.txt", b"1"), ("b.txt", b"2"))
    move = {"src_file_ids": [first, inner, first], "dest_file_id": other}
    assert data_of(client.post(f"{OLD}/mv", json=move)) is True
    assert names(client, other) == ["a.txt", "inner"]
    assert names(client, outer) == []
    renamed = {"src_file_ids": [second], "dest_file_id": inner, "new_name": "c.txt"}
    data_of(client.post(f"{FILES}/move", json=renamed))
    data_of(client.post(f"{FILES}/move", json={"src_file_ids": [inner], "new_name": "core"}))
    assert names(client, inner) == ["c.txt"]
    assert names(client, other) == ["a.txt", "core"]
    parent = data_of(client.get(f"{OLD}/parent_folder", query_string={"file_id": inner}))
    assert parent["parent_folder"]["id"] == other


def test_a_move_that_cannot_be_moves_nothing(client: FlaskClient) -> None:
    outer = add_folder(client, "outer")
    inner = add_folder(client, "inner", outer)
    first, second = add_files(client, ("a.txt", b"1"), ("b.txt", b"2"))
    add_files(client, ("b.txt", b"3"), parent_id=inner)
    for sources, target, status in (
        ([first, second], inner, 409),
        ([first, outer], inner, 409),
        ([first, outer], outer, 409),
        ([first, "0" * 32], inner, 404),
        ([first], "0" * 32, 404),
        ([first], second, 404),
        ([], inner, 400),
    ):
        body = {"src_file_ids": sources, "dest_file_id": target}
        refused(client.post(f"{FILES}/move", json=body), status, status)
    both = {"src_file_ids": [first, second], "dest_file_id": inner, "new_name": "x.txt"}
    refused(client.post(f"{FILES}/move", json=both), 400, 400)
    refused(client.post(f"{FILES}/move", json={"src_file_ids": [first]}), 400, 400)
    assert names(client) == ["a.txt", "b.txt", "outer"]


def test_two_folders_that_move_into_each_other_make_no_circle(client: FlaskClient) -> None:
    left, right = add_folder(client, "left"), add_folder(client, "right")

    told: list[int] = []

    def move(source: str, target: str) -> None:
        body = {"src_file_ids": [source], "dest_file_id": target}
        told.append(client.post(f"{FILES}/move", json=body).status_code)

    together(lambda: move(left, right), lambda: move(right, left))
    assert sorted(told) == [200, 409]
    assert len(names(client)) == 1


def test_the_same_name_at_once_is_given_once(client: FlaskClient) -> None:
    told: list[int] = []

    def make() -> None:
        told.append(client.post(FILES, json={"name": "plans"}).status_code)

    def send() -> None:
        answer = post_received(client, ("a.txt", b"x"), paths=("sub/a.txt",))
        told.append(answer.status_code)

    together(make, make)
    together(send, send)
    assert sorted(told[:2]) == [200, 409]
    assert told[2:] == [200, 200]
    assert names(client) == ["plans", "sub"]


def test_the_root_is_there_before_anything_is_in_it(client: FlaskClient, member: Member) -> None:
    root = data_of(client.get(f"{OLD}/root_folder"))["root_folder"]
    assert (root["name"], root["type"]) == ("/", "folder")
    assert root["id"] == root["parent_id"] == member.account.id
    assert root["create_time"] > 0
    assert listing(client)["total"] == 0
    asked = {"file_id": root["id"]}
    above = data_of(client.get(f"{OLD}/all_parent_folder", query_string=asked))
    assert above["parent_folders"] == [root]
    for body in ({"file_ids": [root["id"]]},):
        refused(client.post(f"{OLD}/rm", json=body), 403, 403)


@pytest.mark.databases("sqlite")
def test_datasets_are_shown_and_not_touched(client: FlaskClient) -> None:
    dataset = make_dataset(client)
    document = upload(client, dataset["id"], ("a.txt", b"lamp"))[0]
    shown = listing(client)["files"][0]
    assert (shown["name"], shown["source_type"]) == (".knowledgebase", "knowledgebase")
    assert shown["has_child_folder"] is True
    folder = listing(client, shown["id"])["files"][0]
    assert (folder["id"], folder["name"]) == (dataset["id"], dataset["name"])
    file = listing(client, folder["id"])["files"][0]
    assert (file["id"], file["size"], file["type"]) == (document["id"], 4, "doc")
    assert [info["kb_id"] for info in file["kbs_info"]] == [dataset["id"]]
    assert client.get(f"{FILES}/{file['id']}").data == b"lamp"
    above = data_of(client.get(f"{FILES}/{file['id']}/ancestors"))["parent_folders"]
    assert [item["name"] for item in above] == ["a.txt", "handbook", ".knowledgebase", "/"]
    assert names(client, above[2]["id"], type="folder") == ["handbook"]
    assert names(client, above[1]["id"], type="folder") == []
    own = add_folder(client, "own")
    for item in (shown, folder, file):
        assert item["source_type"] == "knowledgebase"
        for path, body in (
            ("file/rm", {"file_ids": [item["id"]]}),
            ("file/rename", {"file_id": item["id"], "name": "x.txt"}),
            ("file/mv", {"src_file_ids": [item["id"]], "dest_file_id": own}),
            ("file/convert", {"file_ids": [item["id"]], "kb_ids": [dataset["id"]]}),
        ):
            refused(client.post(f"{API}/{path}", json=body), 403, 403)
    for item in (shown, folder):
        refused(client.post(FILES, json={"name": "x", "parent_id": item["id"]}), 403, 403)
        refused(post_received(client, ("x.txt", b"x"), parent_id=item["id"]), 403, 403)
        into = {"src_file_ids": [own], "dest_file_id": item["id"]}
        refused(client.post(f"{OLD}/mv", json=into), 403, 403)
    data_of(client.delete(f"{API}/datasets", json={"ids": [dataset["id"]]}))
    assert names(client) == ["own"]
    refused(client.get(f"{FILES}/{file['id']}"), 404, 404)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("settings", [{"tenant_bytes": 20}], indirect=True)
def test_files_count_as_what_the_tenant_holds(client: FlaskClient, services: Services) -> None:
    kept = add_files(client, ("a.txt", b"0123456789"))
    dataset = make_dataset(client)["id"]
    upload(client, dataset, ("b.txt", b"012345678"))
    assert "quota.tenant_bytes" in refused(post_received(client, ("c.txt", b"01")), 403, 102)
    assert names(client, keywords="txt") == ["a.txt"]
    data_of(client.delete(FILES, json={"ids": kept}))
    add_files(client, ("c.txt", b"01"))
    assert len(stored_files(services)) == 2


@pytest.mark.databases("sqlite")
def test_a_failed_store_leaves_nothing(client: FlaskClient, services: Services) -> None:
    folder = services.settings.data_path / "files"
    folder.mkdir(exist_ok=True)
    (folder / "files").write_bytes(b"in the way")
    answer = post_received(client, ("a.txt", b"x"))
    assert answer.status_code == 503
    assert names(client) == []


@pytest.mark.databases("sqlite")
def test_a_stranger_finds_nothing(client: FlaskClient, stranger: FlaskClient) -> None:
    folder = add_folder(client, "plans")
    file = add_files(client, ("a.txt", b"1"), parent_id=folder)[0]
    root = data_of(client.get(f"{OLD}/root_folder"))["root_folder"]["id"]
    assert listing(stranger)["files"] == []
    for theirs in (folder, file, root):
        refused(stranger.get(f"{FILES}/{theirs}"), 404, 404)
        refused(stranger.get(f"{FILES}/{theirs}/ancestors"), 404, 404)
        refused(stranger.get(FILES, query_string={"parent_id": theirs}), 404, 404)
        refused(stranger.delete(FILES, json={"ids": [theirs]}), 404, 404)
        refused(stranger.post(FILES, json={"name": "x", "parent_id": theirs}), 404, 404)
        refused(post_received(stranger, ("x.txt", b"x"), parent_id=theirs), 404, 404)
    assert names(client) == ["plans"]
