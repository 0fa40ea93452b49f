"""The search for chats by words, tags, folders and flags."""

from importlib import import_module

import pytest
from flask.testing import FlaskClient
from peewee import MySQLDatabase, SqliteDatabase

from api.container import Services
from api.db.base import new_id
from api.db.connection import connection
from api.db.models.webui import WebuiWord
from api.services.accounts.records import Principal
from api.services.webui.records import Said
from rag.tokenizing.keys import key_of
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept, titles
from tests.functional.openwebui.test_shares import CHATS, shared
from tests.functional.openwebui.test_tasks import asked
from tests.functional.test_list_plans import LOOKS_THROUGH, listened, plan_of

MANY = 1000


def found(web: FlaskClient, text: str, page: int = 1) -> list[str]:
    """Return the titles of what is found, in their order."""
    answer = web.get(f"{CHATS}/search", query_string={"text": text, "page": page})
    assert answer.status_code == 200, answer.text
    return sorted(row["title"] for row in answer.json)


def saying(text: str) -> dict[str, object]:
    """Return a history in which something is said."""
    return history(("q", None, QUESTION), ("a", "q", ANSWER | {"content": text}))


def test_chats_are_found_by_beginnings_of_words_wherever_they_are(
    web: FlaskClient, other: FlaskClient
) -> None:
    kept(web, "Oil", history=saying("The keeper brings a bucket of oil."))
    kept(web, "Keepers of the lamp", history=saying("At dusk."))
    kept(web, "灯台", history=saying("他每天点灯"))
    assert found(web, "KEEP") == ["Keepers of the lamp", "Oil"]
    assert found(web, "keeper bucket") == ["Oil"]
    assert (found(web, "eeper"), found(web, "点灯"), found(web, "灯点")) == ([], ["灯台"], [])
    assert len(found(web, "lit")) == 3, "each has the question"
    assert (found(web, "?!"), len(found(web, "")), found(other, "keeper")) == ([], 3, [])
    (row,) = web.get(f"{CHATS}/search", query_string={"text": "bucket"}).json
    assert row["snippet"] == "The keeper brings a bucket of oil."
    (row,) = web.get(f"{CHATS}/search", query_string={"text": "keepers"}).json
    assert "snippet" not in row


def test_what_is_said_otherwise_or_no_more_is_not_found(web: FlaskClient) -> None:
    chat = kept(web, "Oil", history=saying("bucket"))["id"]
    address = f"{CHATS}/{chat}"
    web.post(f"{address}/messages/a", json={"content": "barrel"})
    assert (found(web, "bucket"), found(web, "barrel")) == ([], ["Oil"])
    web.post(address, json={"chat": {"title": "Wicks"}})
    assert (found(web, "oil"), found(web, "wicks barrel")) == ([], ["Wicks"])
    web.post(address, json={"chat": {"history": saying("barrel and chest")}})
    assert found(web, "chest barrel") == ["Wicks"]
    web.delete(f"{address}/messages/a")
    assert (found(web, "barrel"), found(web, "lamp")) == ([], ["Wicks"])
    copy = web.post(f"{address}/clone", json={"title": "Copy"}).json["id"]
    assert found(web, "lamp") == ["Copy", "Wicks"]
    web.delete(address)
    web.delete(f"{CHATS}/{copy}")
    assert found(web, "lamp") == []


def test_a_search_is_narrowed(web: FlaskClient) -> None:
    folder = web.post("/api/v1/folders/", json={"name": "Light house"}).json["id"]
    inner = web.post("/api/v1/folders/", json={"name": "Room", "parent_id": folder}).json["id"]
    ids = {title: kept(web, title)["id"] for title in ("tagged", "pinned", "filed", "old", "open")}
    web.post(f"{CHATS}/{ids['tagged']}/tags", json={"name": "Big Lamps"})
    web.post(f"{CHATS}/{ids['pinned']}/pin")
    web.post(f"{CHATS}/{ids['filed']}/folder", json={"folder_id": inner})
    web.post(f"{CHATS}/{ids['old']}/archive")
    shared(web, ids["open"])
    for text, expected in {
        "tag:big_lamps": ["tagged"],
        "lamp tag:BIG_LAMPS": ["tagged"],
        "tag:x": [],
        "pinned:true": ["pinned"],
        "folder:light_house lamp": ["filed"],
        "folder:x": [],
        "archived:true": ["old"],
        "shared:true": ["open"],
        "shared:false pinned:false lamp": ["filed", "tagged"],
        "lamp": ["filed", "open", "pinned", "tagged"],
    }.items():
        assert found(web, text) == expected, text


def test_an_answer_is_found_once_it_is_there(
    web: FlaskClient, services: Services, member: Member
) -> None:
    asker = Principal(member.account.id, member.account.id)
    [(task, _)] = services.webui.tasks.ask(asker, asked()).tasks
    assert (found(web, "dusk"), found(web, "now")) == ([], ["When?"])
    services.webui.tasks.keep(task, Said("At dusk.", done=True))
    assert found(web, "dusk") == ["When?"]


def test_chats_from_before_there_was_a_search_are_found(
    web: FlaskClient, services: Services
) -> None:
    kept(web, "Oil", history=saying("bucket"))
    with connection(services.database):
        services.database.execute_sql("DELETE FROM webui_word")
        assert found(web, "bucket") == []
        import_module("api.db.migrations.0048_webui_shares").apply(services.database)
    assert found(web, "oil bucket") == ["Oil"]


def test_words_are_sought_in_an_index_and_no_message_is_read(
    web: FlaskClient, services: Services, member: Member
) -> None:
    kept(web)
    rows = [
        {
            "user_id": member.account.id if number % 2 else new_id(),
            "chat_id": new_id(),
            "word": key_of(f"word {number}"),
            "ordinal": 0,
        }
        for number in range(MANY)
    ]
    with connection(services.database):
        WebuiWord.insert_many(rows).execute()
        if not isinstance(services.database, SqliteDatabase):  # nobody analyzes a file
            is_maria = isinstance(services.database, MySQLDatabase)
            services.database.execute_sql(f"ANALYZE {'TABLE ' if is_maria else ''}webui_word")
    with listened(services) as heard:
        assert found(web, "lamp") == ["Lamps"]
    assert not [said for said in heard if "FROM webui_message WHERE chat_id = ? ORDER" in said[0]]
    [searched] = [said for said in heard if "webui_word" in said[0] and "ORDER" in said[0]]
    plan = plan_of(services.database, *searched)
    assert "webui_word_user_id_word" in plan, plan
    tables = [line for line in plan.splitlines() if "webui_word" in line]
    assert not any(word in line for word in LOOKS_THROUGH for line in tables), plan


@pytest.mark.databases("sqlite")
def test_what_is_found_comes_by_pages(web: FlaskClient) -> None:
    for number in range(61):
        kept(web, f"chat {number}", history=saying("x"))
    assert (len(found(web, "lamp")), len(found(web, "lamp", 2))) == (60, 1)
    assert len(titles(web, "search?text=lamp&page=3")) == 0


def test_a_search_over_everything_is_narrowed(web: FlaskClient, other: FlaskClient) -> None:
    folder = web.post("/api/v1/folders/", json={"name": "Light house"}).json["id"]
    inner = web.post("/api/v1/folders/", json={"name": "Room", "parent_id": folder}).json["id"]
    ids = {title: kept(web, title)["id"] for title in ("tagged", "pinned", "filed", "old", "open")}
    web.post(f"{CHATS}/{ids['tagged']}/tags", json={"name": "Big Lamps"})
    web.post(f"{CHATS}/{ids['pinned']}/pin")
    web.post(f"{CHATS}/{ids['filed']}/folder", json={"folder_id": inner})
    web.post(f"{CHATS}/{ids['old']}/archive")
    shared(web, ids["open"])
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    notes = {}
    for whose, title, grants in (
        (web, "note", []),
        (web, "pinned note", []),
        (web, "granted note", [everybody]),
        (other, "note of another", [everybody]),
    ):
        body = {"title": title, "data": {"content": {"md": "A lamp."}}, "access_grants": grants}
        notes[title] = whose.post("/api/v1/notes/create", json=body).json["id"]
    web.post(f"/api/v1/notes/{notes['pinned note']}/pin")

    def hits(q: str, **query: object) -> list[str]:
        answer = web.get("/api/v1/search", query_string={"q": q, **query})
        assert answer.status_code == 200, answer.text
        return sorted(one["title"] for one in answer.json["items"])

    for text, expected in {
        "tag:big_lamps lamp": ["tagged"],
        "TAG:x": [],
        "pinned:true": ["pinned", "pinned note"],
        "folder:light_house lamp": ["filed"],
        "folder:x": [],
        "archived:true lamp": ["old"],
        "shared:true lamp": ["granted note", "note of another", "open"],
        "shared:false pinned:false lamp": ["filed", "note", "tagged"],
    }.items():
        assert hits(text) == expected, text
    assert hits("shared:false lamp", sharing="shared") == []
    assert hits("pinned:true lamp", kind="note") == ["pinned note"]
    assert hits("folder:room", scope=f"folder:{folder}") == ["filed"]
    assert hits("folder:light_house", scope=f"folder:{inner}") == ["filed"]
    assert hits("folder:room tag:x", scope=f"folder:{folder}") == []


def test_a_search_over_everything_finds_chats_messages_and_notes(
    web: FlaskClient, other: FlaskClient
) -> None:
    folder = web.post("/api/v1/folders/", json={"name": "Work"}).json["id"]
    kept(web, "Oil", history=saying("The keeper brings a bucket of oil."))
    filed = kept(web, "Keepers of the lamp", history=saying("At dusk."))["id"]
    web.post(f"{CHATS}/{filed}/folder", json={"folder_id": folder})
    everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
    for whose, title, grants in ((web, "Mine", []), (other, "Theirs", [everybody])):
        body = {"title": title, "data": {"content": {"md": "A KEEPER's note."}}}
        whose.post("/api/v1/notes/create", json=body | {"access_grants": grants})

    def hits(**query: object) -> list[str]:
        answer = web.get("/api/v1/search", query_string={"q": "keeper", **query})
        assert answer.status_code == 200, answer.text
        return sorted(f"{one['kind']} {one['title']}" for one in answer.json["items"])

    oil, lamp = "message Oil", "chat Keepers of the lamp"
    assert hits() == sorted([lamp, oil, "note Mine", "note Theirs"])
    assert [hits(kind=kind) for kind in ("chat", "message")] == [[lamp], [oil]]
    assert hits(kind="note", sharing="mine") == ["note Mine"]
    assert hits(sharing="shared") == ["note Theirs"]
    assert (hits(q="bucket"), hits(q="note mine"), hits(q="nowhere")) == ([oil], [], [])
    assert len(hits(q="")) == 4
    answer = web.get("/api/v1/search?q=keeper").json
    assert answer["scopes"] == [{"id": f"folder:{folder}", "name": "Work", "kind": "folder"}]
    assert hits(scope=answer["scopes"][0]["id"]) == [lamp]
    [chat] = [one for one in answer["items"] if one["kind"] == "chat"]
    told = (chat["id"], chat["url"], chat["context"], chat["shared"])
    assert told == (f"chat:{filed}", f"/c/{filed}", "Work", False)
    [note] = [one for one in answer["items"] if one["title"] == "Theirs"]
    assert (note["shared"], note["snippet"]) == (True, "A KEEPER's note.")
    assert answer["has_more"] is False
    assert web.get("/api/v1/search?kind=all&page=21").status_code == 422
    for number in range(31):
        kept(web, f"K{number}", history=saying("keeper"))
    pages = [web.get(f"/api/v1/search?q=keeper&page={page}").json for page in (1, 2)]
    assert [(len(one["items"]), one["has_more"]) for one in pages] == [(30, True), (5, False)]
    assert {one["id"] for one in pages[0]["items"]}.isdisjoint(
        one["id"] for one in pages[1]["items"]
    )
