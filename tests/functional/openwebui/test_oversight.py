"""Chats of others, which administrators read and export where settings let them."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.services.accounts.records import Principal
from api.services.accounts.scopes import EVERYTHING, Reach, Scope
from api.services.accounts.values import WantedKey
from tests.functional.conftest import client_with
from tests.functional.openwebui.test_chats import kept

pytestmark = pytest.mark.databases("sqlite")

CHATS = "/api/v1/chats"
AUDIT = "/api/v1/system/audit"


def switched(services: Services, **switches: str) -> None:
    """Let administrators read chats, or export them, or not."""
    now = services.live.current
    frontend = now.frontend.model_copy(update=switches)
    services.live.take(now.model_copy(update={"frontend": frontend}))


def noted(services: Services, action: str) -> list[tuple[str, int]]:
    """Return what the audit log has of a page: the path, and how it was answered."""
    with services.reading():
        cursor = services.database.execute_sql(
            "SELECT path, status FROM audit_entry WHERE action = ? AND kind = 'people' ORDER BY id",
            (action,),
        )
        return list(cursor.fetchall())


def test_nobody_reads_chats_of_others_until_that_is_switched_on(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    chat, owner = kept(web)["id"], web.get("/api/v1/auths/").json["id"]
    paths = [f"{CHATS}/{chat}", f"{CHATS}/list/user/{owner}", f"{CHATS}/all/db"]
    assert [admin.get(path).status_code for path in paths] == [404, 403, 403]
    switched(services, administrators_read="on")
    assert [admin.get(path).status_code for path in paths] == [200, 200, 403]
    assert [other.get(path).status_code for path in paths] == [404, 403, 403]
    switched(services, administrators_read="off", administrators_export="on")
    assert [admin.get(path).status_code for path in paths] == [404, 403, 200]
    assert [other.get(path).status_code for path in paths] == [404, 403, 403]
    features = admin.get("/api/config").json["features"]
    assert (features["enable_admin_chat_access"], features["enable_admin_export"]) == (False, True)


def test_an_administrator_reads_and_changes_nothing_and_the_log_says_so(
    web: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    chat, owner = kept(web)["id"], web.get("/api/v1/auths/").json["id"]
    switched(services, administrators_read="on")
    mine = kept(admin, title="Mine")["id"]
    assert admin.get(f"{CHATS}/{mine}").json["write_access"] is True
    assert noted(services, "openwebui_chats.show") == []
    read = admin.get(f"{CHATS}/{chat}").json
    assert (read["user_id"], read["title"], read["write_access"]) == (owner, "Lamps", False)
    assert read["chat"]["history"] == web.get(f"{CHATS}/{chat}").json["chat"]["history"]
    assert [(path[-36:], status) for path, status in noted(services, "openwebui_chats.show")] == [
        (chat, 200)
    ]
    listed = admin.get(f"{CHATS}/list/user/{owner}?page=1").json
    assert [(row["id"], row["title"]) for row in listed] == [(chat, "Lamps")]
    assert admin.get(f"{CHATS}/list/user/nobody").status_code == 404
    assert [status for _, status in noted(services, "openwebui_oversight.list_of")] == [200, 404]
    refused = [
        admin.post(f"{CHATS}/{chat}", json={"chat": {"title": "Mine"}}),
        admin.delete(f"{CHATS}/{chat}"),
        admin.post(f"{CHATS}/{chat}/clone", json={}),
        admin.post(f"{CHATS}/{chat}/share", json={}),
        admin.get(f"{CHATS}/{chat}/tags"),
    ]
    assert {answer.status_code for answer in refused} == {404}


def test_a_key_with_a_scope_reads_no_chats_of_others(
    app: Flask, web: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    chat = kept(web)["id"]
    switched(services, administrators_read="on", administrators_export="on")
    user_id, statuses = admin.get("/api/v1/auths/").json["id"], []
    for scope in (EVERYTHING, Scope(Reach.READ)):
        wanted = WantedKey("a key", scope=scope)
        made = services.accounts.keys.make(Principal(user_id, user_id), wanted)
        key, paths = client_with(app, made.key), (f"{CHATS}/{chat}", f"{CHATS}/all/db")
        statuses.append([key.get(f"/openwebui{path}").status_code for path in paths])
    assert statuses == [[200, 200], [404, 403]]


def test_an_export_has_the_chats_of_all_people(
    web: FlaskClient, other: FlaskClient, admin: FlaskClient, services: Services
) -> None:
    switched(services, administrators_export="on")
    empty = admin.get(f"{CHATS}/all/db")
    assert (empty.json, empty.content_type) == ([], "application/json")
    made = {kept(who, title=title)["id"]: title for who, title in ((web, "One"), (other, "Two"))}
    found = admin.get(f"{CHATS}/all/db").json
    assert {one["id"]: one["title"] for one in found} == made
    assert {len(one["chat"]["history"]["messages"]) for one in found} == {3}
    assert [status for _, status in noted(services, "openwebui_oversight.export_all")] == [200, 200]
