"""Files and knowledge bases: one set of things with the datasets and files of the other doors."""

import io
import json
from uuid import UUID
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member, join
from tests.functional.ingesting import Site
from tests.functional.library import data_of, upload
from tests.functional.openwebui.conftest import signed_in
from tests.functional.openwebui.library import KNOWLEDGE, LAMP, base, detail, ok, send


@pytest.mark.databases("sqlite")
def test_a_knowledge_base_is_exported_as_an_archive(
    web: FlaskClient, other: FlaskClient, client: FlaskClient
) -> None:
    lamps = base(web, "Lamps")
    deep = ok(web.post(f"{KNOWLEDGE}/{lamps['id']}/dirs/create", json={"name": "deep"}))
    send(web, "lamp.txt", knowledge_id=lamps["id"], directory_id=deep["id"])
    send(web, "oil.txt", b"Oil.", knowledge_id=lamps["id"])
    upload(client, lamps["id"].replace("-", ""), ("empty.txt", b""))
    path = f"{KNOWLEDGE}/{lamps['id']}/export"
    answer = web.get(path)
    assert 'filename="Lamps.zip"' in answer.headers["Content-Disposition"]
    with ZipFile(io.BytesIO(answer.data)) as packed:
        assert packed.testzip() is None
        held = {name: packed.read(name) for name in packed.namelist()}
    assert held == {"deep/lamp.txt": LAMP, "oil.txt": b"Oil.", "empty.txt": b""}
    assert other.get(path).status_code == 404


def status(web: FlaskClient, file_id: str) -> str:
    """Return how far the reading of a file is."""
    return str(ok(web.get(f"/api/v1/files/{file_id}/process/status"))["status"])


@pytest.mark.databases("sqlite")
def test_a_file_is_read_and_shown(web: FlaskClient, site: Site) -> None:
    made = send(web, "lamp.txt")
    assert made["status"] is True
    assert str(UUID(made["id"])) == made["id"]
    address = f"/api/v1/files/{made['id']}"
    assert status(web, made["id"]) == "processing"
    site.work()
    events = web.get(f"{address}/process/status?stream=true").text
    assert json.loads(events.removeprefix("data:")) == {"status": "completed"}
    found = ok(web.get(address))
    assert found["data"] == {"status": "completed", "content": LAMP.decode()}
    assert (found["meta"]["content_type"], found["meta"]["size"]) == ("text/plain", len(LAMP))
    assert ok(web.get(f"{address}/data/content")) == {"content": LAMP.decode()}
    sent = web.get(f"{address}/content")
    assert (sent.data, sent.headers["Content-Disposition"].split(";")[0]) == (LAMP, "inline")
    assert (
        web.get(f"{address}/content?attachment=true")
        .headers["Content-Disposition"]
        .startswith("attachment")
    )
    assert ok(web.post(f"{address}/rename", json={"filename": "light.txt"}))["filename"] == (
        "light.txt"
    )
    assert ok(web.delete(address))["message"]
    detail(web.get(address), 404)
    assert ok(web.get("/api/v1/files/")) == {"items": [], "total": 0}


def test_files_are_listed_and_found_by_their_names(web: FlaskClient, other: FlaskClient) -> None:
    for name in ("lamp.txt", "lantern.md", "oil_1.txt"):
        send(web, name, query="?process=false")
    listed = ok(web.get("/api/v1/files/?page=1"))
    assert listed["total"] == ok(web.get("/api/v1/files/count")) == 3
    assert {one["data"]["status"] for one in listed["items"]} == {"pending"}
    by_name = {"la*": {"lamp.txt", "lantern.md"}, "oil?1.txt": {"oil_1.txt"}, "l_mp.txt": set()}
    for pattern, names in by_name.items():
        found = ok(web.get("/api/v1/files/search", query_string={"filename": pattern}))
        assert {one["filename"] for one in found} == names
    assert ok(other.get("/api/v1/files/"))["total"] == 0
    one = listed["items"][0]["id"]
    for address in (f"/api/v1/files/{one}", f"/api/v1/files/{one}/content"):
        detail(other.get(address), 404)
    detail(other.delete(f"/api/v1/files/{one}"), 404)


@pytest.mark.databases("sqlite")
def test_what_cannot_be_read_is_refused_before_it_is_stored(web: FlaskClient) -> None:
    form = {"file": (io.BytesIO(b"\0\1"), "engine.bin")}
    detail(web.post("/api/v1/files/", data=form), 415)
    form = {"file": (io.BytesIO(LAMP), "lamp.txt"), "metadata": "["}
    assert "metadata" in detail(web.post("/api/v1/files/", data=form), 400)
    assert ok(web.get("/api/v1/files/"))["total"] == 0


@pytest.mark.databases("sqlite")
def test_a_knowledge_base_is_a_dataset(web: FlaskClient, client: FlaskClient) -> None:
    made = base(web, description="How they are lit.")
    [dataset] = data_of(client.get("/api/v1/datasets"))
    assert UUID(made["id"]).hex == dataset["id"]
    changed = ok(web.post(f"{KNOWLEDGE}/{made['id']}/update", json={"name": "Lights"}))
    assert (changed["name"], changed["description"]) == ("Lights", "How they are lit.")
    data_of(client.post("/api/v1/datasets", json={"name": "Oil"}))
    listed = ok(web.get(f"{KNOWLEDGE}/"))
    assert ([one["name"] for one in listed["items"]], listed["total"]) == (["Oil", "Lights"], 2)
    assert listed["items"][0]["user"]["email"] == "ada@example.org" or listed["items"][0]["user"]
    found = ok(web.get(f"{KNOWLEDGE}/search?query=how they&order_by=name&direction=asc"))
    assert [one["name"] for one in found["items"]] == ["Lights"]
    assert ok(web.get(f"{KNOWLEDGE}/search?view_option=shared"))["total"] == 0
    assert ok(web.get(f"{KNOWLEDGE}/search?source=local"))["total"] == 2
    assert ok(web.get(f"{KNOWLEDGE}/search?source=external"))["total"] == 0
    assert ok(web.delete(f"{KNOWLEDGE}/{made['id']}/delete")) is True
    detail(web.get(f"{KNOWLEDGE}/{made['id']}"), 404)
    assert [one["name"] for one in data_of(client.get("/api/v1/datasets"))] == ["Oil"]


@pytest.mark.databases("sqlite")
def test_files_are_put_into_a_knowledge_base_and_taken_out(web: FlaskClient, site: Site) -> None:
    lamps, oil = base(web), base(web, "Oil")
    file = send(web, "lamp.txt", knowledge_id=lamps["id"])
    address = f"{KNOWLEDGE}/{lamps['id']}"
    assert [one["id"] for one in ok(web.get(f"{address}/files/pending"))] == [file["id"]]
    site.work()
    assert ok(web.get(f"{address}/files/pending")) == []
    listed = ok(web.get(f"{address}/files?directory_id="))
    assert [(one["filename"], one["data"]["status"]) for one in listed["items"]] == [
        ("lamp.txt", "completed")
    ]
    added = web.post(f"{KNOWLEDGE}/{oil['id']}/file/add", json={"file_id": file["id"]})
    assert [one["id"] for one in ok(added)["files"]] == [file["id"]]
    again = web.post(f"{KNOWLEDGE}/{oil['id']}/file/add", json={"file_id": file["id"]})
    assert len(ok(again)["files"]) == 1
    out = web.post(f"{address}/file/remove", json={"file_id": file["id"]})
    assert ok(out)["files"] == []
    assert ok(web.get(f"/api/v1/files/{file['id']}"))["filename"] == "lamp.txt"
    assert ok(web.post(f"{KNOWLEDGE}/{oil['id']}/reset"))["file_count"] == 0
    detail(web.get(f"/api/v1/files/{file['id']}"), 404)
    unknown = web.post(f"{address}/file/add", json={"file_id": file["id"]})
    assert "no file" in detail(unknown, 404)


def test_files_are_found_in_all_knowledge_bases_that_may_be_read(
    web: FlaskClient, other: FlaskClient
) -> None:
    lamps, theirs = base(web), base(other, "Oil")
    for client, name, home in ((web, "lamp.txt", lamps), (other, "oil lamp.txt", theirs)):
        send(client, name, knowledge_id=home["id"])
    send(web, "lamp of mine.txt")
    address = f"{KNOWLEDGE}/search/files"
    found = ok(web.get(f"{address}?query=lamp&page=1"))
    assert found["total"] == 1
    [one] = found["items"]
    assert (one["filename"], one["collection"]) == ("lamp.txt", {"id": lamps["id"]})
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    ok(other.post(f"{KNOWLEDGE}/{theirs['id']}/access/update", json={"access_grants": [everybody]}))
    assert [one["filename"] for one in ok(web.get(address))["items"]] == [
        "oil lamp.txt",
        "lamp.txt",
    ]
    assert ok(web.get(f"{address}?query=oil"))["total"] == 1
    assert ok(web.get(f"{address}?query=l%25p"))["total"] == 0


@pytest.mark.databases("sqlite")
def test_many_files_are_put_into_a_knowledge_base_or_none(web: FlaskClient) -> None:
    made = base(web)
    files = [{"file_id": send(web, f"{n}.txt", query="?process=false")["id"]} for n in range(3)]
    address = f"{KNOWLEDGE}/{made['id']}/files/batch/add"
    detail(web.post(address, json=[*files, {"file_id": str(UUID(int=7))}]), 404)
    detail(web.post(address, json=[]), 422)
    assert ok(web.get(f"{KNOWLEDGE}/{made['id']}"))["file_count"] == 0
    added = ok(web.post(address, json=files))
    assert {one["id"] for one in added["files"]} == {one["file_id"] for one in files}
    assert {one["meta"]["name"] for one in added["files"]} == {"0.txt", "1.txt", "2.txt"}


@pytest.mark.databases("sqlite")
def test_documents_of_the_console_are_files_here(web: FlaskClient, site: Site) -> None:
    path = site.document("lamp.txt", LAMP)
    site.parse(path)
    site.work()
    dataset_id, document_id = path.split("/")[4], path.split("/")[6]
    [listed] = ok(web.get(f"{KNOWLEDGE}/{UUID(dataset_id)}/files"))["items"]
    assert UUID(listed["id"]).hex == document_id
    assert ok(web.get(f"/api/v1/files/{listed['id']}"))["data"]["content"] == LAMP.decode()
    removed = web.post(f"{KNOWLEDGE}/{dataset_id}/file/update", json={"file_id": listed["id"]})
    assert ok(removed)["file_count"] == 1
    ok(web.delete(f"/api/v1/files/{listed['id']}"))
    assert ok(web.get(f"{KNOWLEDGE}/{dataset_id}/files"))["total"] == 0


@pytest.mark.databases("sqlite")
def test_a_knowledge_base_is_shared_by_grants(
    app: Flask, web: FlaskClient, services: Services, client: FlaskClient
) -> None:
    reader = join(services, "reader@example.org")
    them: FlaskClient = signed_in(app, reader.account.email)
    made = base(web)
    address = f"{KNOWLEDGE}/{made['id']}"
    detail(them.get(address), 404)
    reads = {"principal_type": "user", "principal_id": reader.account.id, "permission": "read"}
    shared = ok(web.post(f"{address}/access/update", json={"access_grants": [reads]}))
    assert [(one["principal_id"], one["permission"]) for one in shared["access_grants"]] == [
        (reader.account.id, "read")
    ]
    seen = ok(them.get(address))
    assert (seen["write_access"], seen["access_grants"]) == (False, [])
    assert ok(them.get(f"{KNOWLEDGE}/search?view_option=shared"))["total"] == 1
    detail(them.post(f"{address}/update", json={"name": "Mine"}), 403)
    detail(them.post(f"{address}/access/update", json={"access_grants": []}), 403)
    detail(them.delete(f"{address}/delete"), 404)
    file = send(them, "oil.txt", query="?process=false")
    put = them.post(f"{address}/file/add", json={"file_id": file["id"]})
    detail(put, 403)
    both = [reads, {**reads, "permission": "write"}]
    shared = ok(web.post(f"{address}/update", json={"access_grants": both}))
    assert {one["permission"] for one in shared["access_grants"]} == {"read", "write"}
    dataset_id = UUID(made["id"]).hex
    [grant] = data_of(client.get(f"/api/v1/datasets/{dataset_id}/grants"))
    assert (grant["id"], grant["level"]) == (reader.account.id, "write")
    assert ok(them.get(address))["write_access"] is True
    assert len(ok(them.post(f"{address}/file/add", json={"file_id": file["id"]}))["files"]) == 1
    assert ok(web.get(f"/api/v1/files/{file['id']}"))["filename"] == "oil.txt"


@pytest.mark.databases("sqlite")
def test_who_manages_goes_on_managing(
    web: FlaskClient, services: Services, client: FlaskClient
) -> None:
    keeper: Member = join(services, "keeper@example.org")
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    made = base(web, access_grants=[everybody])
    assert [one["principal_id"] for one in made["access_grants"]] == ["*"]
    grants = f"/api/v1/datasets/{UUID(made['id']).hex}/grants"
    manages = {"subject": "user", "name": keeper.account.email, "level": "manage"}
    data_of(client.put(grants, json={"grants": [manages]}))
    writes = {
        "principal_type": "user",
        "principal_id": keeper.account.id,
        "permission": "write",
    }
    update = f"{KNOWLEDGE}/{made['id']}/access/update"
    ok(web.post(update, json={"access_grants": [writes, everybody]}))
    levels = {one["id"]: one["level"] for one in data_of(client.get(grants))}
    assert levels == {keeper.account.id: "manage", "*": "read"}
