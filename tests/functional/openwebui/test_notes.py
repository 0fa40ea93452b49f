"""Notes: kept with their data, found, pinned, and shared by grants."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from pycrdt import Doc, Text

from api.container import Services
from api.db.sql import run
from api.errors import ForbiddenError, NotFoundError, RuleError
from api.http.noting import YjsMerges
from api.schemas.openwebui.conversation import key_of
from api.services.accounts.records import Principal
from api.services.webui.note_documents import MOST_BYTES as MOST_DOCUMENT
from api.services.webui.notes import MOST_BYTES
from tests.functional.conftest import Member
from tests.functional.openwebui.library import detail, ok

NOTES = "/api/v1/notes"
READ = {"principal_type": "user", "principal_id": "*", "permission": "read"}
WRITE = READ | {"permission": "write"}
LAMPS = {"title": "Lamps", "data": {"content": {"md": "Lit at dusk.", "html": "<p>", "json": {}}}}


def made(web: FlaskClient, title: str = "Lamps", text: str = "Lit at dusk.", **more: Any) -> Any:
    """Make a note."""
    body = {"title": title, "data": {"content": {"md": text}}, **more}
    return ok(web.post(f"{NOTES}/create", json=body))


def titles(web: FlaskClient, **query: object) -> tuple[list[str], int]:
    """Return the titles of a page, and how many there are in all."""
    found = ok(web.get(f"{NOTES}/search", query_string=query))
    return [one["title"] for one in found["items"]], found["total"]


def test_a_note_is_kept_as_it_is_sent(web: FlaskClient, member: Member) -> None:
    note = ok(web.post(f"{NOTES}/create", json=LAMPS | {"meta": {"a": None}}))
    path = f"{NOTES}/{note['id']}"
    assert (note["title"], note["data"], note["meta"]) == ("Lamps", LAMPS["data"], {"a": None})
    assert (note["user"]["email"], note["write_access"]) == (member.account.email, True)
    assert (note["is_pinned"], note["access_grants"]) == (False, [])
    assert note["created_at"] > 10**18, "in nanoseconds"
    assert ok(web.get(path)) == note
    changed = ok(web.post(f"{path}/update", json={"title": "Light", "data": {"files": [1]}}))
    assert (changed["title"], changed["meta"]) == ("Light", {"a": None})
    assert changed["data"] == {**note["data"], "files": [1]}, "what is not given stays"
    (shown,) = ok(web.get(f"{NOTES}/"))
    assert shown["data"] == {"content": {"md": "Lit at dusk."}}, "a list has the text alone"
    assert ok(web.delete(f"{path}/delete")) is True
    assert detail(web.get(path), 404) == f"There is no note {note['id'].replace('-', '')}."
    assert ok(web.get(f"{NOTES}/")) == []


def test_notes_are_found_by_what_they_say_and_whose_they_are(
    web: FlaskClient, other: FlaskClient
) -> None:
    made(other, "Theirs", "The KEEPER's 100% book", access_grants=[READ])
    made(other, "Ours", "Words", access_grants=[WRITE])
    made(other, "Hidden")
    for number in range(61):
        made(web, f"N{number:02}", f"{'Straße' if number % 2 else 'Keeper'} {number}")
    names = [f"N{number:02}" for number in range(61)]
    assert titles(web, order_by="title", direction="asc") == (names[:60], 63)
    assert titles(web, order_by="title", direction="asc", page=2) == (["N60", "Ours", "Theirs"], 63)
    assert titles(web, query="keeper")[1] == 32
    assert titles(web, query="STRASSE 59") == (["N59"], 1)
    assert titles(web, query="0% b") == (["Theirs"], 1)
    assert titles(web, view_option="shared", order_by="title") == (["Theirs", "Ours"], 2)
    assert titles(web, view_option="created")[1] == 61
    assert titles(web, view_option="shared", permission="write") == (["Ours"], 1)
    assert titles(web, permission="read_only") == (["Theirs"], 1)
    assert web.get(f"{NOTES}/search?permission=all").status_code == 422
    oldest = ok(web.get(f"{NOTES}/search?view_option=created&page=2"))["items"][0]["id"]
    ok(web.post(f"{NOTES}/{oldest}/update", json={"title": "New"}))
    assert ok(web.get(f"{NOTES}/"))[0]["title"] == "New", "what was last changed comes first"


def test_each_person_pins_for_themselves(web: FlaskClient, other: FlaskClient) -> None:
    note = made(web, access_grants=[READ])
    path = f"{NOTES}/{note['id']}"
    assert ok(other.post(f"{path}/pin"))["is_pinned"] is True
    assert (ok(web.get(path))["is_pinned"], ok(web.get(f"{NOTES}/pinned"))) == (False, [])
    assert [one["id"] for one in ok(other.get(f"{NOTES}/pinned"))] == [note["id"]]
    ok(web.post(f"{path}/access/update", json={"access_grants": []}))
    assert ok(other.get(f"{NOTES}/pinned")) == [], "what one may read no more"
    assert [ok(web.post(f"{path}/pin"))["is_pinned"] for _ in "ab"] == [True, False]


def test_a_note_is_read_and_changed_by_whom_that_is_granted(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    note = made(web, access_grants=[READ])
    path = f"{NOTES}/{note['id']}"
    seen = ok(other.get(path))
    assert (seen["data"], seen["write_access"], seen["access_grants"]) == (note["data"], False, [])
    refused = [
        other.post(f"{path}/update", json={"title": "x"}),
        other.post(f"{path}/access/update", json={"access_grants": []}),
        other.delete(f"{path}/delete"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 3
    shown = ok(web.post(f"{path}/access/update", json={"access_grants": [WRITE]}))
    assert [one["permission"] for one in shown["access_grants"]] == ["read", "write"]
    assert {one["resource_type"] for one in shown["access_grants"]} == {"note"}
    changed = ok(other.post(f"{path}/update", json={"data": {"content": {"md": "Mine."}}}))
    assert (changed["data"]["content"], changed["user_id"]) == ({"md": "Mine."}, member.account.id)
    assert other.delete(f"{path}/delete").status_code == 403
    ok(web.post(f"{path}/update", json={"access_grants": []}))
    assert other.get(path).status_code == 404

    ok(web.post(f"{path}/access/update", json={"access_grants": [READ]}))
    ok(other.post(f"{path}/pin"))
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    tables = ("webui_note", "webui_note_pin", "webui_note_update", "access_grant")
    with services.reading():
        for table in tables:
            found = services.database.execute_sql(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608 - tables of ours
            assert found == (0,), table


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": 7}, "title"),
        ({"title": "x" * 501}, "title"),
        ({"title": "a\0"}, "title"),
        ({"data": []}, "data"),
        ({"meta": {str(n): n for n in range(65)}}, "meta"),
        ({"access_grants": [{"principal_id": ""}]}, "access_grants"),
    ],
)
def test_what_a_note_cannot_be_is_refused_by_name(
    web: FlaskClient, body: dict[str, object], field: str
) -> None:
    assert field in detail(web.post(f"{NOTES}/create", json=LAMPS | body), 422)
    assert ok(web.get(f"{NOTES}/")) == []


@pytest.mark.databases("sqlite")
def test_a_note_has_so_much_and_no_more(web: FlaskClient) -> None:
    note = made(web)
    path = f"{NOTES}/{note['id']}"
    half = "x" * (MOST_BYTES // 2)
    kept = ok(web.post(f"{path}/update", json={"data": {"first": half}}))
    refused = web.post(f"{path}/update", json={"data": {"second": half}})
    assert "2,097,152 bytes" in detail(refused, 400)
    assert ok(web.get(path)) == kept


@pytest.mark.databases("sqlite")
def test_who_lacks_the_permission_changes_no_notes(web: FlaskClient, admin: FlaskClient) -> None:
    note = made(web)
    switches = {"features": {"notes": False}}
    ok(admin.post("/api/v1/users/default/permissions", json=switches))
    assert "`notes`" in detail(web.post(f"{NOTES}/create", json=LAMPS), 403)
    assert ok(web.get(f"{NOTES}/{note['id']}"))["title"] == "Lamps"
    assert ok(web.get("/api/config"))["permissions"]["features"]["notes"] is False
    assert ok(admin.post(f"{NOTES}/create", json=LAMPS))["title"] == "Lamps"


# The document of a note.


@pytest.fixture
def asker(member: Member) -> Principal:
    """Return whose the note is."""
    return Principal(member.account.id, member.account.id)


def typed(words: Sequence[str]) -> tuple[Doc[Any], list[bytes]]:
    """Return a document in which words were typed, and an update for each."""
    document: Doc[Any] = Doc()
    text, updates = document.get("text", type=Text), list[bytes]()
    document.observe(lambda event: updates.append(event.update))
    for word in words:
        text += word
    return document, updates


def reads(updates: Sequence[bytes]) -> str:
    """Return what a document reads as."""
    document: Doc[Any] = Doc()
    for one in updates:
        document.apply_update(one)
    return str(document.get("text", type=Text))


def age(services: Services, hours: int) -> None:
    """Let the updates of all documents be older."""
    statement = "UPDATE webui_note_update SET create_time = create_time - ? WHERE create_time > 0"
    with services.reading():
        run(services.database, statement, hours * 3_600_000)


def count(services: Services) -> int:
    """Return how many rows all documents have."""
    with services.reading():
        found = services.database.execute_sql("SELECT COUNT(*) FROM webui_note_update").fetchone()
    return int(found[0])


def test_what_comes_out_of_order_is_whole_after_updates_were_put_together(
    web: FlaskClient, services: Services, asker: Principal
) -> None:
    documents, note_id = services.webui.note_documents, key_of(made(web)["id"])
    _, (first, second, third) = typed(["one ", "two ", "three"])
    assert documents.begin(asker, note_id, first) == [first]
    assert documents.begin(asker, note_id, third) == [first], "the first one wins"
    documents.add(asker, note_id, third)
    documents.compact(note_id, YjsMerges())
    assert count(services) in {1, 2}, "an hour has one update"
    documents.add(asker, note_id, second)
    path = f"{NOTES}/{note_id}/update"
    other_text = web.post(path, json={"data": {"content": {"md": "Else."}}})
    assert "change it in the editor" in detail(other_text, 409)
    same = {"title": "Light", "data": {"content": {"md": "Lit at dusk."}, "files": []}}
    assert ok(web.post(path, json=same))["title"] == "Light"
    row, updates = documents.read(asker, note_id)
    assert reads([YjsMerges().together(updates)]) == "one two three"
    assert row.text == "Lit at dusk."


def test_what_is_older_than_a_day_becomes_one_update_without_what_was_deleted(
    web: FlaskClient, services: Services, asker: Principal
) -> None:
    documents, note_id = services.webui.note_documents, key_of(made(web)["id"])
    document, updates = typed([f"{number} " for number in range(50)])
    text = document.get("text", type=Text)
    del text[: len(str(text)) - 1]
    text += "end"
    for one in updates:
        documents.add(asker, note_id, one)
    written = sum(map(len, updates))
    age(services, 25)
    text += "new"
    documents.add(asker, note_id, updates[-1])
    documents.compact(note_id, YjsMerges())
    assert count(services) == 2, "the new one stays beside it"
    _, kept = documents.read(asker, note_id)
    assert sum(map(len, kept)) < written / 5
    assert reads(kept) == str(text) == " endnew"
    before = kept
    documents.compact(note_id, YjsMerges())
    assert documents.read(asker, note_id)[1] == before, "there is nothing left to do"


@pytest.mark.databases("sqlite")
def test_a_document_is_written_by_whom_that_is_granted_and_has_an_end(
    web: FlaskClient, services: Services, asker: Principal
) -> None:
    documents, note_id = services.webui.note_documents, key_of(made(web)["id"])
    stranger = Principal("x" * 32, "x" * 32)
    for refused in (documents.begin, documents.add):
        with pytest.raises(NotFoundError):
            refused(stranger, note_id, b"\0\0")
    with pytest.raises(NotFoundError):
        documents.read(stranger, note_id)
    ok(web.post(f"{NOTES}/{note_id}/access/update", json={"access_grants": [READ]}))
    with pytest.raises(ForbiddenError):
        documents.add(stranger, note_id, b"\0\0")
    with pytest.raises(ForbiddenError):
        documents.save(stranger, note_id, {})
    with pytest.raises(RuleError):
        documents.add(asker, note_id, b"x" * (MOST_DOCUMENT + 1))
    assert (count(services), documents.read(stranger, note_id)[1]) == (0, [])
    documents.add(asker, note_id, b"\0\0")
    ok(web.delete(f"{NOTES}/{note_id}/delete"))
    assert count(services) == 0


def test_a_note_that_the_front_end_reads_from_a_file_is_kept(web: FlaskClient) -> None:
    content = {"json": None, "html": "<h1>Oil</h1>", "md": "# Oil"}
    body = {"title": "oil", "data": {"content": content}, "meta": None, "access_control": {}}
    made = web.post("/api/v1/notes/create", json=body)
    assert made.status_code == 200, made.text
    assert (made.json["title"], made.json["data"]) == ("oil", {"content": content})
