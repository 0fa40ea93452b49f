"""Directories of knowledge bases, and knowledge bases that are kept as a client's folder is."""

import hashlib
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from tests.functional.library import data_of
from tests.functional.openwebui.library import KNOWLEDGE, base, detail, ok, send

OIL = b"Oil burns."
NOBODY = str(UUID(int=7))


def directory(web: FlaskClient, home: Any, name: str, parent: str | None = None) -> Any:
    """Make a directory and return it."""
    body = {"name": name, "parent_id": parent}
    return ok(web.post(f"{KNOWLEDGE}/{home['id']}/dirs/create", json=body))


def listed(web: FlaskClient, home: Any, place: str | None = "") -> Any:
    """Return the files of a directory, by default the top, with what is beside them."""
    query = {} if place is None else {"directory_id": place}
    return ok(web.get(f"{KNOWLEDGE}/{home['id']}/files", query_string=query))


def paths(web: FlaskClient, home: Any) -> set[str]:
    """Return the paths of all files of a knowledge base."""
    found = listed(web, home, None)["items"]
    return {f"{one['directory_path']}/{one['filename']}".lstrip("/") for one in found}


def test_files_lie_in_directories(web: FlaskClient, other: FlaskClient) -> None:
    lamps = base(web)
    docs = directory(web, lamps, "docs")
    deep = directory(web, lamps, "deep", docs["id"])
    assert directory(web, lamps, "docs")["id"] == docs["id"]
    send(web, "README.md", knowledge_id=lamps["id"])
    inner = send(web, "README.md", OIL, knowledge_id=lamps["id"], directory_id=deep["id"])
    assert inner["filename"] == "README.md"
    assert paths(web, lamps) == {"README.md", "docs/deep/README.md"}
    top = listed(web, lamps)
    assert ([one["name"] for one in top["directories"]], top["breadcrumbs"]) == (["docs"], [])
    assert [one["directory_id"] for one in top["items"]] == [None]
    found = listed(web, lamps, deep["id"])
    assert [one["name"] for one in found["breadcrumbs"]] == ["docs", "deep"]
    assert [one["id"] for one in found["items"]] == [inner["id"]]
    address = f"{KNOWLEDGE}/{lamps['id']}"
    loose = send(web, "loose.txt", query="?process=false")["id"]
    wanted = {"file_id": loose, "directory_id": docs["id"]}
    ok(web.post(f"{address}/file/add", json=wanted))
    assert "docs/loose.txt" in paths(web, lamps)
    moved = {"file_id": inner["id"], "directory_id": None}
    assert ok(web.post(f"{address}/file/move", json=moved)) == {"status": True}
    assert paths(web, lamps) == {"README.md", "docs/loose.txt"}
    assert listed(web, lamps)["total"] == 2
    for body in ({**wanted, "directory_id": NOBODY}, {**wanted, "file_id": NOBODY}):
        detail(web.post(f"{address}/file/move", json=body), 404)
    detail(other.post(f"{address}/file/move", json=wanted), 404)
    detail(other.post(f"{address}/dirs/create", json={"name": "mine"}), 404)


def test_directories_are_changed_and_deleted(web: FlaskClient) -> None:
    lamps = base(web)
    docs = directory(web, lamps, "docs")
    deep = directory(web, lamps, "deep", docs["id"])
    address = f"{KNOWLEDGE}/{lamps['id']}/dirs"
    for name in ("", "a/b", "..", "a\0"):
        detail(web.post(f"{address}/create", json={"name": name}), 422)
    detail(web.post(f"{address}/create", json={"name": "x", "parent_id": NOBODY}), 404)
    within = web.post(f"{address}/{docs['id']}/update", json={"parent_id": deep["id"]})
    assert "into itself" in detail(within, 400)
    ok(web.post(f"{address}/{deep['id']}/update", json={"parent_id": None}))
    taken = web.post(f"{address}/{deep['id']}/update", json={"name": "docs"})
    assert "docs" in detail(taken, 409)
    changed = ok(web.post(f"{address}/{deep['id']}/update", json={"name": "papers"}))
    assert (changed["name"], changed["parent_id"]) == ("papers", None)
    ok(web.post(f"{address}/{deep['id']}/update", json={"parent_id": docs["id"]}))
    file = send(web, "a.txt", knowledge_id=lamps["id"], directory_id=deep["id"])
    gone = ok(web.delete(f"{address}/{deep['id']}/delete"))
    assert (gone, paths(web, lamps)) == ({"status": True, "file_ids": []}, {"docs/a.txt"})
    gone = ok(web.delete(f"{address}/{docs['id']}/delete?move_files=false"))
    assert gone["file_ids"] == [file["id"]]
    detail(web.get(f"/api/v1/files/{file['id']}"), 404)
    detail(web.delete(f"{address}/{docs['id']}/delete"), 404)
    kept = directory(web, lamps, "kept")
    ok(web.post(f"{KNOWLEDGE}/{lamps['id']}/reset?include_directories=false"))
    assert [one["id"] for one in listed(web, lamps)["directories"]] == [kept["id"]]
    ok(web.post(f"{KNOWLEDGE}/{lamps['id']}/reset"))
    assert listed(web, lamps)["directories"] == []


@pytest.mark.databases("sqlite")
def test_what_comes_back_from_the_bin_is_at_the_top_where_its_directory_is_gone(
    web: FlaskClient, client: FlaskClient
) -> None:
    lamps = base(web)
    docs = directory(web, lamps, "docs")
    send(web, "a.txt", knowledge_id=lamps["id"], directory_id=docs["id"])
    dataset = f"/api/v1/datasets/{UUID(lamps['id']).hex}"
    binned = data_of(
        client.post(f"{dataset}/documents/bulk", json={"action": "delete", "all": True})
    )
    ok(web.delete(f"{KNOWLEDGE}/{lamps['id']}/dirs/{docs['id']}/delete"))
    data_of(client.post(f"{dataset}/bin/restore", json={"undo": binned["undo"]}))
    assert [one["directory_path"] for one in listed(web, lamps)["items"]] == [""]


def manifest(files: dict[str, bytes]) -> Any:
    """Return what a client tells of its files, by their paths."""
    return {
        "manifest": [
            {
                "filename": path.rpartition("/")[2],
                "path": path.rpartition("/")[0],
                "checksum": hashlib.sha256(content).hexdigest(),
                "size": len(content),
            }
            for path, content in files.items()
        ]
    }


def sync(web: FlaskClient, home: Any, files: dict[str, bytes]) -> Any:
    """Keep a knowledge base as some files are, as `oikb sync` does; return the difference."""
    address = f"{KNOWLEDGE}/{home['id']}"
    found = ok(web.post(f"{address}/sync/diff", json=manifest(files)))
    gone = [one["file_id"] for one in found["deleted"]]
    gone += [one["stale_file_id"] for one in found["modified"]]
    body = {"file_ids": [*gone, NOBODY], "dir_ids": [*found["rmdir"], NOBODY]}
    assert ok(web.post(f"{address}/sync/cleanup", json=body)) == {"status": True}
    places = dict(found["directory_map"])
    for path in found["mkdir"]:
        above, _, name = path.rpartition("/")
        places[path] = directory(web, home, name, places.get(above))["id"]
    for one in (*found["added"], *found["modified"]):
        content = files[f"{one['path']}/{one['filename']}".lstrip("/")]
        place = {"directory_id": places[one["path"]]} if one["path"] else {}
        send(web, one["filename"], content, knowledge_id=home["id"], **place)
    return found


def test_a_knowledge_base_is_kept_as_a_folder_is(web: FlaskClient, other: FlaskClient) -> None:
    lamps = base(web)
    files = {"README.md": b"Top.", "docs/README.md": b"Docs.", "docs/deep/a.txt": OIL}
    assert sync(web, lamps, files)["mkdir"] == ["docs", "docs/deep"]
    assert paths(web, lamps) == files.keys()
    again = sync(web, lamps, files)
    assert (again["unmodified_count"], again["added"], again["deleted"]) == (3, [], [])
    files = {"docs/README.md": b"Changed.", "new/b.txt": OIL}
    found = sync(web, lamps, files)
    assert [one["path"] for one in found["modified"]] == ["docs"]
    assert {one["filename"] for one in found["deleted"]} == {"README.md", "a.txt"}
    assert (found["mkdir"], len(found["rmdir"])) == (["new"], 1)
    assert paths(web, lamps) == files.keys()
    assert {one["name"] for one in listed(web, lamps)["directories"]} == {"docs", "new"}
    assert ok(web.get("/api/v1/files/"))["total"] == 2
    refused = other.post(f"{KNOWLEDGE}/{lamps['id']}/sync/diff", json=manifest(files))
    detail(refused, 404)
