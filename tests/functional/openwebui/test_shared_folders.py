"""Folders that are shared: read, or written in, with the chats in them."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import Member
from tests.functional.openwebui.test_chats import ANSWER, QUESTION, history, kept
from tests.functional.openwebui.test_open_chats import FIRST, grant, id_of, messages_of, said, sent

CHATS, FOLDERS = "/api/v1/chats", "/api/v1/folders"


def folder_of(web: FlaskClient, name: str = "Lamps", **more: Any) -> str:
    """Return a new folder."""
    return str(web.post(f"{FOLDERS}/", json={"name": name, **more}).json["id"])


def granted(web: FlaskClient, folder: str, *grants: dict[str, str]) -> Any:
    """Say to whom a folder is granted, and return it."""
    answer = web.post(f"{FOLDERS}/{folder}/access/update", json={"access_grants": list(grants)})
    assert answer.status_code == 200, answer.text
    return answer.json


def filed(web: FlaskClient, folder: str, title: str = "Lamps") -> str:
    """Return a new chat in a folder."""
    given = {"title": title, "history": FIRST}
    made = web.post(f"{CHATS}/new", json={"chat": given, "folder_id": folder})
    return str(made.json["id"])


def test_a_shared_folder_is_read_with_its_chats_by_whom_it_is_granted(
    web: FlaskClient, other: FlaskClient
) -> None:
    data = {"description": "All on lamps", "system_prompt": "Be brief.", "files": [{"id": "x"}]}
    folder, owner = folder_of(web, data=data), web.get("/api/v1/auths/").json
    chat = filed(web, folder)
    assert other.get(f"{FOLDERS}/shared").json == []
    closed = [f"{FOLDERS}/{folder}", f"{FOLDERS}/{folder}/shared/chats", f"{CHATS}/{chat}"]
    assert {other.get(path).status_code for path in closed} == {404}
    shown = granted(web, folder, grant(other, "read"))
    assert [one["permission"] for one in shown["access_grants"]] == ["read"]
    assert shown["data"] == data
    (row,) = other.get(f"{FOLDERS}/shared").json
    assert (row["id"], row["owner_name"], row["write_access"]) == (folder, owner["name"], False)
    read = other.get(f"{FOLDERS}/{folder}").json
    assert (read["data"], read["access_grants"]) == ({"description": "All on lamps"}, [])
    listed = other.get(f"{FOLDERS}/{folder}/shared/chats").json
    assert (listed["folder_permission"], listed["total"]) == ("read", 1)
    (one,) = listed["chats"]
    assert (one["id"], one["user_id"], one["readonly"]) == (chat, owner["id"], True)
    assert messages_of(other.get(f"{CHATS}/{chat}")).keys() == {"q", "a"}
    assert other.get(f"{CHATS}/{chat}").json["folder_id"] is None
    assert other.post(f"{CHATS}/{chat}", json=sent(("q2", "a", said("Why?")))).status_code == 403
    assert web.get(f"{FOLDERS}/shared").json == []
    assert web.get(f"{FOLDERS}/{folder}/shared/chats").json["folder_permission"] == "write"


def test_who_may_write_in_a_folder_goes_on_with_its_chats_and_changes_nothing_else(
    web: FlaskClient, other: FlaskClient
) -> None:
    folder = folder_of(web)
    chat = filed(web, folder)
    granted(web, folder, grant(other))
    found = messages_of(other.post(f"{CHATS}/{chat}", json=sent(("q2", "a", said("Why?")))))
    assert found["q2"]["user_id"] == id_of(other)
    stale = {"chat": {"history": history(("q", None, QUESTION), ("a", "q", ANSWER))}}
    assert "q2" in messages_of(web.post(f"{CHATS}/{chat}", json=stale))
    assert "share_mode" not in web.get(f"{CHATS}/{chat}").json["chat"]
    refused = [
        other.post(f"{FOLDERS}/{folder}/update", json={"name": "Mine"}),
        other.post(f"{FOLDERS}/{folder}/access/update", json={"access_grants": []}),
        other.delete(f"{FOLDERS}/{folder}"),
        other.post(f"{FOLDERS}/{folder}/update/parent", json={}),
        other.post(f"{FOLDERS}/{folder}/read"),
    ]
    assert {answer.status_code for answer in refused} == {404}
    mine = kept(other)["id"]
    into = other.post(f"{CHATS}/{mine}/folder", json={"folder_id": folder})
    assert into.status_code == 404


@pytest.mark.parametrize("way", ["grants", "moved", "archived", "deleted", "apart"])
@pytest.mark.databases("sqlite")
def test_a_chat_is_closed_that_is_in_no_shared_folder_any_more(
    web: FlaskClient, other: FlaskClient, way: str
) -> None:
    folder = folder_of(web)
    chat = filed(web, folder)
    granted(web, folder, grant(other))
    assert other.get(f"{CHATS}/{chat}").status_code == 200
    match way:
        case "grants":
            granted(web, folder)
        case "moved":
            web.post(f"{CHATS}/{chat}/folder", json={"folder_id": None})
        case "archived":
            web.post(f"{CHATS}/{chat}/archive")
        case "deleted":
            web.delete(f"{FOLDERS}/{folder}?delete_contents=false")
            assert web.get(f"{CHATS}/{chat}").status_code == 200
        case _:
            below = folder_of(web, "Below", parent_id=folder)
            web.post(f"{CHATS}/{chat}/folder", json={"folder_id": below})
    assert other.get(f"{CHATS}/{chat}").status_code == 404


def test_no_grant_of_a_folder_is_left_when_it_or_its_owner_goes(
    web: FlaskClient, other: FlaskClient, services: Services, member: Member
) -> None:
    first, second = folder_of(web), folder_of(web, "Two")
    for one in (first, second):
        granted(web, one, grant(other))
    web.delete(f"{FOLDERS}/{first}")

    def left() -> int:
        with services.reading():
            cursor = services.database.execute_sql("SELECT COUNT(*) FROM access_grant")
            return int(cursor.fetchone()[0])

    assert left() == 1
    services.people.people.set_active(member.account.id, active=False)
    services.people.people.erase(member.account.id)
    assert left() == 0
