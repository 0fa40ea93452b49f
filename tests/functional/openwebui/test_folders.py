"""Folders of chats, and tags."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import Principal
from api.services.webui.records import Said
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import kept, titles
from tests.functional.openwebui.test_tasks import asked

FOLDERS = "/api/v1/folders"
CHATS = "/api/v1/chats"


def made(web: FlaskClient, name: str, parent: str | None = None, **more: object) -> str:
    """Make a folder and return its id."""
    answer = web.post(f"{FOLDERS}/", json={"name": name, "parent_id": parent, **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json["id"])


def filed(web: FlaskClient, folder: str, title: str = "Lamps") -> dict[str, Any]:
    """Keep a chat in a folder and return it."""
    body = {"chat": {"title": title}, "folder_id": folder}
    found: dict[str, Any] = web.post(f"{CHATS}/new", json=body).json
    return found


def shown(web: FlaskClient) -> dict[str, dict[str, Any]]:
    """Return the folders by name."""
    return {folder["name"]: folder for folder in web.get(f"{FOLDERS}/").json}


def test_folders_are_made_within_each_other_changed_and_moved(web: FlaskClient) -> None:
    top = made(web, " Lights ", data={"system_prompt": "Be brief."}, meta={"icon": "x"})
    inner = made(web, "Lamps", top)
    assert {name: one["parent_id"] for name, one in shown(web).items()} == {
        "Lights": None,
        "Lamps": top,
    }
    assert web.post(f"{FOLDERS}/", json={"name": "LAMPS", "parent_id": top}).status_code == 409
    made(web, "lamps")
    changed = web.post(f"{FOLDERS}/{top}/update", json={"data": {"description": "all"}}).json
    assert changed["data"] == {"system_prompt": "Be brief.", "description": "all"}
    assert (changed["name"], changed["meta"]) == ("Lights", {"icon": "x"})
    assert web.post(f"{FOLDERS}/{inner}/update", json={"name": "Candles"}).json["name"] == "Candles"
    body = {"is_expanded": True}
    assert web.post(f"{FOLDERS}/{top}/update/expanded", json=body).json["is_expanded"] is True
    into_itself = web.post(f"{FOLDERS}/{top}/update/parent", json={"parent_id": inner})
    assert (into_itself.status_code, web.get(f"{FOLDERS}/{top}").json["parent_id"]) == (400, None)
    moved = web.post(f"{FOLDERS}/{inner}/update/parent", json={"parent_id": None}).json
    assert moved["parent_id"] is None
    taken = {"name": "CANDLES"}
    assert web.post(f"{FOLDERS}/{top}/update", json=taken).status_code == 409
    assert web.post(f"{FOLDERS}/", json={"name": " "}).status_code in {400, 422}


def test_chats_in_folders_are_listed_there_alone_and_counted_when_unread(web: FlaskClient) -> None:
    top = made(web, "Lights")
    inner = made(web, "Lamps", top)
    chat = kept(web)["id"]
    assert web.post(f"{CHATS}/{chat}/folder", json={"folder_id": inner}).json["folder_id"] == inner
    filed(web, top, "Candles")
    assert (titles(web), titles(web, "?page=1&include_folders=true&sort_by=title")) == (
        [],
        ["Lamps", "Candles"],
    )
    assert titles(web, f"folder/{inner}/list") == titles(web, f"folder/{inner}") == ["Lamps"]
    page = web.get(f"{FOLDERS}/{inner}/shared/chats?page=1").json
    assert [page["total"], page["has_more"], page["chats"][0]["id"]] == [1, False, chat]
    assert {one["unread_count"] for one in shown(web).values()} == {0}
    unread = web.post(f"{CHATS}/{chat}/unread").json
    assert (unread["folder_id"], unread["folder_unread_counts"]) == (inner, {inner: 1})
    assert {name: one["unread_count"] for name, one in shown(web).items()} == {
        "Lights": 0,
        "Lamps": 1,
    }
    assert web.post(f"{FOLDERS}/{top}/read").json is True
    assert shown(web)["Lamps"]["unread_count"] == 0
    web.post(f"{CHATS}/{chat}/unread")
    assert web.post(f"{CHATS}/read").json is True
    assert shown(web)["Lamps"]["unread_count"] == 0
    assert web.post(f"{CHATS}/{chat}/archive").json["folder_id"] is None
    assert titles(web, f"folder/{inner}/list") == []
    assert (titles(web, "archived?query=AMP"), titles(web, "archived?query=x")) == (["Lamps"], [])


def test_a_folder_goes_with_its_chats_or_lets_them_move_out(web: FlaskClient) -> None:
    top = made(web, "Lights")
    filed(web, made(web, "Lamps", top))
    assert web.delete(f"{FOLDERS}/{top}?delete_contents=false").json is True
    assert (titles(web), shown(web)) == (["Lamps"], {})
    again = made(web, "Lights")
    filed(web, made(web, "Lamps", again), "Candles")
    assert web.delete(f"{FOLDERS}/{again}").json is True
    assert (titles(web, "list?include_folders=true"), shown(web)) == (["Lamps"], {})


def test_folders_and_tags_are_their_owners_alone(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    folder, chat = made(web, "Lights"), kept(web)["id"]
    web.post(f"{CHATS}/{chat}/tags", json={"name": "Lights"})
    theirs = kept(other)["id"]
    asked = [
        other.get(f"{FOLDERS}/{folder}"),
        other.post(f"{FOLDERS}/{folder}/update", json={"name": "mine"}),
        other.post(f"{FOLDERS}/{folder}/update/expanded", json={"is_expanded": True}),
        other.post(f"{FOLDERS}/{folder}/read"),
        other.delete(f"{FOLDERS}/{folder}"),
        other.post(f"{FOLDERS}/", json={"name": "x", "parent_id": folder}),
        other.post(f"{CHATS}/{theirs}/folder", json={"folder_id": folder}),
        other.post(f"{CHATS}/new", json={"chat": {}, "folder_id": folder}),
        other.get(f"{CHATS}/folder/{folder}/list"),
        other.post(f"{CHATS}/{chat}/tags", json={"name": "x"}),
        other.delete(f"{CHATS}/{chat}/tags/all"),
    ]
    assert {answer.status_code for answer in asked} == {404}
    assert (shown(other), other.get(f"{CHATS}/all/tags").json) == ({}, [])
    assert len(shown(web)) == 1
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    for table in ("webui_folder", "webui_tag"):
        with services.reading():
            cursor = services.database.execute_sql(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
            assert cursor.fetchone() == (0,)


def test_a_chat_has_a_tag_once_and_a_tag_without_chats_is_gone(web: FlaskClient) -> None:
    first, second = kept(web, "one")["id"], kept(web, "two")["id"]
    for chat, name in ((first, "Old Lamps"), (first, "old lamps"), (second, "Old Lamps")):
        web.post(f"{CHATS}/{chat}/tags", json={"name": name})
    tags = web.get(f"{CHATS}/{first}/tags").json
    assert [(tag["id"], tag["name"]) for tag in tags] == [("old_lamps", "Old Lamps")]
    assert web.get(f"{CHATS}/{first}").json["meta"] == {"tags": ["old_lamps"]}
    assert [tag["id"] for tag in web.get(f"{CHATS}/all/tags").json] == ["old_lamps"]
    listed = web.post(f"{CHATS}/tags", json={"name": "old lamps", "skip": 1, "limit": 5}).json
    assert len(listed) == 1
    assert web.delete(f"{CHATS}/{first}/tags", json={"name": "OLD LAMPS"}).json == []
    assert web.delete(f"{CHATS}/{second}/tags/all").json is True
    assert web.get(f"{CHATS}/all/tags").json == []


@pytest.mark.databases("sqlite")
def test_what_a_folder_says_is_told_to_models_in_its_chats(
    web: FlaskClient, services: Services, member: Member
) -> None:
    asker = Principal(member.account.id, member.account.id)
    folder = made(web, "Lights", data={"system_prompt": "Be brief."})
    begun = services.webui.tasks.ask(asker, asked(folder_id=folder, params={"system": "Be kind."}))
    [(task, wanted)] = begun.tasks
    assert wanted.messages[0] == {"role": "system", "content": "Be brief.\n\nBe kind."}
    row = web.get(f"{CHATS}/folder/{folder}/list").json[0]
    assert row["active"] is True
    services.webui.tasks.keep(task, Said("At dusk.", done=True))
    assert web.get(f"{CHATS}/folder/{folder}/list").json[0]["active"] is False
