"""Following the documents of a dataset: nothing is left out, and nothing costs much."""

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.db import events
from api.db.connection import connection
from api.db.sql import run
from tests.functional.ingesting import Site
from tests.functional.library import API, data_of, make_dataset, refused, upload


class Follower:
    """A client that follows a dataset, and knows what it was told."""

    def __init__(self, client: FlaskClient, dataset_id: str) -> None:
        """Begin to follow."""
        self.client = client
        self.address = f"{API}/datasets/{dataset_id}/changes"
        self.cursor = ""
        self.told: dict[str, Any] = {}
        self.ask()

    def ask(self) -> dict[str, Any]:
        """Ask what has changed."""
        query = {"since": self.cursor} if self.cursor else {}
        answer: dict[str, Any] = data_of(self.client.get(self.address, query_string=query))
        self.cursor = answer["cursor"]
        self.told |= {document["id"]: document for document in answer["documents"]}
        for document_id in answer["deleted"]:
            self.told.pop(document_id, None)
        return answer

    def names(self) -> set[str]:
        """Return the names of the documents that it was told of."""
        return {document["name"] for document in self.told.values()}


@pytest.fixture
def dataset_id(client: FlaskClient) -> str:
    """Make a dataset where something has happened: the log is never empty after that."""
    upload(client, make_dataset(client, "earlier")["id"], ("earlier.txt", b"x"))
    made: str = make_dataset(client)["id"]
    return made


@pytest.fixture
def follower(client: FlaskClient, dataset_id: str) -> Follower:
    return Follower(client, dataset_id)


def test_uploads_and_deletions_are_told_once(
    client: FlaskClient, dataset_id: str, follower: Follower
) -> None:
    made = upload(client, dataset_id, ("a.txt", b"one"), ("b.txt", b"two"))
    answer = follower.ask()
    assert follower.names() == {"a.txt", "b.txt"}
    assert (answer["counts"], answer["more"], answer["reset"]) == ({"UNSTART": 2}, False, False)
    nothing = follower.ask()
    assert (nothing["documents"], nothing["deleted"], nothing["counts"]) == ([], [], None)
    assert nothing["cursor"] == answer["cursor"]
    client.delete(f"{API}/datasets/{dataset_id}/documents", json={"ids": [made[0]["id"]]})
    answer = follower.ask()
    assert answer["deleted"] == [made[0]["id"]]
    assert follower.names() == {"b.txt"}
    assert answer["counts"] == {"UNSTART": 1}


def test_a_run_is_told_from_its_begin_to_its_end(site: Site) -> None:
    path = site.document("lamp.txt", b"The lamp burns at night.")
    follower = Follower(site.client, path.split("/")[4])
    site.parse(path)
    assert follower.ask()["counts"] == {"RUNNING": 1}
    site.work()
    answer = follower.ask()
    assert answer["counts"] == {"DONE": 1}
    [told] = answer["documents"]
    shown = site.shown(path)
    for name in ("id", "name", "run", "progress", "chunk_count", "token_count", "status"):
        assert told[name] == shown[name], name
    assert told["message"] in shown["progress_msg"]
    site.change(path, enabled=0)
    [told] = follower.ask()["documents"]
    assert told["status"] == "0"
    data_of(site.client.post(f"{path}/chunks", json={"content": "By hand."}))
    [told] = follower.ask()["documents"]
    assert told["chunk_count"] == 2
    site.parse(path)
    site.cancel(path)
    [told] = follower.ask()["documents"]
    assert told["run"] == "CANCEL"


def test_progress_is_told(site: Site) -> None:
    path = site.document("lamp.txt", b"The lamp burns at night.")
    follower = Follower(site.client, path.split("/")[4])
    site.parse(path)
    task = site.claim()
    follower.ask()
    site.services.tasks.heartbeat(task, 0.5, "12:00:00 Half of it.")
    site.services.progress.update()
    [told] = follower.ask()["documents"]
    assert (told["progress"], told["message"]) == (0.5, "12:00:00 Half of it.")


@pytest.mark.databases("sqlite")
def test_nothing_new_has_no_body(client: FlaskClient, dataset_id: str, follower: Follower) -> None:
    upload(client, dataset_id, ("a.txt", b"one"))
    follower.ask()
    first = client.get(follower.address, query_string={"since": follower.cursor})
    tag = {"If-None-Match": first.headers["ETag"]}
    again = client.get(follower.address, query_string={"since": follower.cursor}, headers=tag)
    assert (again.status_code, again.data) == (304, b"")


def test_what_other_datasets_do_is_not_told(
    client: FlaskClient, follower: Follower, stranger: FlaskClient
) -> None:
    upload(client, make_dataset(client, "other")["id"], ("a.txt", b"one"))
    assert follower.ask()["documents"] == []
    refused(stranger.get(follower.address), 404, 102)
    assert "since" in refused(client.get(follower.address, query_string={"since": "x"}), 400, 101)


def test_many_changes_come_in_parts(
    client: FlaskClient, dataset_id: str, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_READ", 2)
    upload(client, dataset_id, *((f"{number}.txt", b"x") for number in range(5)))
    asked = 1
    while follower.ask()["more"]:
        asked += 1
    assert asked == 3
    assert len(follower.names()) == 5


def test_old_cursors_and_those_from_elsewhere_begin_anew(
    client: FlaskClient, services: Services, dataset_id: str, follower: Follower
) -> None:
    early = follower.cursor
    for number in range(3):
        upload(client, dataset_id, (f"{number}.txt", b"x"))
    follower.ask()
    with connection(services.database):
        run(services.database, "UPDATE document_event SET time = time - ?", events.KEPT_MS + 1)
    services.operations.retention.expire()
    assert follower.ask()["reset"] is False
    for cursor in (early, "999999999"):
        answer = data_of(client.get(follower.address, query_string={"since": cursor}))
        assert answer["reset"] is True
        assert answer["cursor"] == follower.cursor
        assert answer["counts"] == {"UNSTART": 3}


def test_a_number_that_is_seen_late_is_not_left_out(services: Services, dataset_id: str) -> None:
    database = services.database
    add = "INSERT INTO document_event (seq, dataset_id, document_id, gone, time)"

    def add_event(seq: int, name: str, ago: int = 0) -> None:
        run(database, f"{add} VALUES (?, ?, ?, FALSE, :now - ?)", seq, dataset_id, name, ago)

    with connection(database):
        start = events.newest(database)
        add_event(start + 1, "first")
        add_event(start + 3, "third")
        safe = events.safe_number(database, start)
        assert safe == start + 1
        assert [event.document_id for event in events.following(database, dataset_id, safe)] == [
            "third"
        ]
        add_event(start + 2, "second")
        told = [event.document_id for event in events.following(database, dataset_id, safe)]
        assert told == ["second", "third"]
        assert events.safe_number(database, safe) == start + 3
        add_event(start + 5, "after one rolled back", events.GRACE_MS + 1)
        assert events.safe_number(database, start) == start + 5
        assert events.beginning(database) == start + 5


@pytest.mark.databases("postgresql", "mariadb")
def test_a_transaction_that_ends_late_is_not_left_out(
    client: FlaskClient, services: Services, dataset_id: str, follower: Follower
) -> None:
    slow, fast = upload(client, dataset_id, ("slow.txt", b"x"), ("fast.txt", b"y"))
    follower.ask()
    noted, may_end = threading.Event(), threading.Event()

    def change_slowly() -> None:
        with connection(services.database), services.database.atomic():
            events.note([slow["id"]])
            noted.set()
            may_end.wait(30)

    thread = threading.Thread(target=change_slowly)
    thread.start()
    assert noted.wait(30)
    with connection(services.database), services.database.atomic():
        events.note([fast["id"]])
    assert [document["name"] for document in follower.ask()["documents"]] == ["fast.txt"]
    may_end.set()
    thread.join()
    assert "slow.txt" in {document["name"] for document in follower.ask()["documents"]}
    assert follower.ask()["documents"] == []


def test_documents_are_counted_by_state_beside_a_list(client: FlaskClient, dataset_id: str) -> None:
    made = upload(client, dataset_id, ("a.txt", b"one"), ("b.txt", b"two"), ("c.md", b"three"))
    client.post(f"{API}/datasets/{dataset_id}/chunks", json={"document_ids": [made[0]["id"]]})
    address = f"{API}/datasets/{dataset_id}/documents"
    query = {"counts": "true", "run": "RUNNING", "suffix": "txt"}
    listed = data_of(client.get(address, query_string=query))
    assert (listed["total"], listed["counts"]) == (1, {"RUNNING": 1, "UNSTART": 1})
    assert "counts" not in data_of(client.get(address))
