"""People and groups in the administrator's pages of the front end: those of the whole server."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from tests.functional.conftest import PASSWORD, Member
from tests.functional.library import API, data_of
from tests.functional.refusing import refusing

pytestmark = pytest.mark.databases("sqlite")

USERS = "/openwebui/api/v1/users"
GROUPS = "/openwebui/api/v1/groups"


def told(answer: Any, status: int = 200) -> Any:
    """Return what an answer says."""
    assert answer.status_code == status, answer.text
    return answer.get_json()


@pytest.mark.databases("sqlite", "postgresql", "mariadb")
def test_people_are_listed_found_changed_and_deleted(
    app: Flask, admin: FlaskClient, member: Member
) -> None:
    new = {"name": "Zoe", "email": "Zoe@example.org", "password": PASSWORD, "role": "user"}
    zoe = told(admin.post("/openwebui/api/v1/auths/add", json=new))
    assert (zoe["role"], zoe["email"]) == ("user", "zoe@example.org")
    again = admin.post("/openwebui/api/v1/auths/add", json=new)
    assert "has already registered" in told(again, 409)["detail"]
    page = told(admin.get(f"{USERS}/", query_string={"order_by": "name", "direction": "desc"}))
    assert (page["total"], page["users"][0]["name"]) == (3, "Zoe")
    roles = told(admin.get(USERS, query_string={"order_by": "role", "direction": "desc"}))
    assert roles["users"][0]["role"] == "admin"
    [found] = told(admin.get(USERS, query_string={"query": "ZOE"}))["users"]
    assert (found["id"], found["group_ids"]) == (zoe["id"], [])
    changed = {"role": "admin", "name": "Zoë", "email": "z@example.org", "password": "another"}
    assert told(admin.post(f"{USERS}/{zoe['id']}/update", json=changed))["name"] == "Zoë"
    entered = {"email": "z@example.org", "password": "another"}
    assert told(app.test_client().post("/api/v1/auths/signin", json=entered))["role"] == "admin"
    taken = admin.put(f"{USERS}/{zoe['id']}", json={"email": member.account.email})
    assert member.account.email in told(taken, 409)["detail"]
    assert told(admin.get(f"{USERS}/{zoe['id']}"))["email"] == "z@example.org"
    assert told(admin.delete(f"{USERS}/{zoe['id']}")) is True
    assert told(admin.get(f"{USERS}/{zoe['id']}/info"), 404)
    left = [one["email"] for one in told(admin.get(f"{USERS}/all"))["users"]]
    assert sorted(left) == ["admin@example.org", member.account.email]


def test_that_an_address_is_taken_is_told_only_where_it_is_so(
    admin: FlaskClient, member: Member, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(admin.application.config, "PROPAGATE_EXCEPTIONS", value=False)
    theirs = f"{USERS}/{member.account.id}"
    with refusing(services, "UPDATE ON account"):
        for change in ({"email": "free@example.org"}, {"name": "Mia"}):
            told(admin.put(theirs, json=change), 500)
    new = {"name": "Zoe", "email": "zoe@example.org", "password": PASSWORD, "role": "user"}
    with refusing(services, "INSERT ON tenant"):
        told(admin.post("/openwebui/api/v1/auths/add", json=new), 500)
    told(admin.post("/openwebui/api/v1/auths/add", json=new))
    there = admin.put(theirs, json={"email": "zoe@example.org"})
    assert "zoe@example.org" in told(there, 409)["detail"]


def test_who_is_pending_is_shut_out_at_every_door_until_a_role_is_given(
    admin: FlaskClient, member: Member, client: FlaskClient, web: FlaskClient
) -> None:
    mine = {"id": member.account.id}
    told(admin.post(f"{USERS}/update/role", json={**mine, "role": "pending"}))
    assert client.get(f"{API}/datasets").status_code == 401
    assert web.get("/api/v1/auths/").status_code == 401
    again = told(admin.post(f"{USERS}/{member.account.id}/update/role", json={"role": "user"}))
    assert again["role"] == "user"
    assert data_of(client.get(f"{API}/datasets")) == []
    me = told(admin.get("/api/v1/auths/"))["id"]
    assert "last administrator" in told(admin.delete(f"{USERS}/{me}"), 409)["detail"]
    demoted = admin.post(f"{USERS}/{me}/update", json={"role": "user"})
    assert "last administrator" in told(demoted, 409)["detail"]


def test_an_account_that_owns_something_is_deleted_once_somebody_takes_it(
    admin: FlaskClient, member: Member, client: FlaskClient
) -> None:
    data_of(client.post(f"{API}/datasets", json={"name": "handbook"}))
    theirs = f"{USERS}/{member.account.id}"
    assert "owns 1 datasets" in told(admin.delete(theirs), 409)["detail"]
    assert told(admin.delete(theirs, query_string={"give_to": "admin@example.org"})) is True


def test_groups_are_those_of_the_server_with_what_they_give(
    admin: FlaskClient, member: Member, client: FlaskClient, web: FlaskClient, other: FlaskClient
) -> None:
    wanted = {"name": "writers", "description": "", "permissions": {"features": {"api_keys": True}}}
    group = told(admin.post(f"{GROUPS}/create", json=wanted))
    one = f"{GROUPS}/id/{group['id']}"
    assert group["permissions"]["features"]["api_keys"] is True
    put = told(admin.post(f"{one}/users/add", json={"user_ids": [member.account.id]}))
    assert put["member_count"] == 1
    assert [named["name"] for named in data_of(client.get(f"{API}/users/me/groups"))["groups"]] == [
        "writers"
    ]
    assert [named["name"] for named in told(web.get("/api/v1/groups/"))] == ["writers"]
    assert told(web.get(f"{one}/info"))["name"] == "writers"
    assert told(other.get("/api/v1/groups/")) == []
    assert told(other.get(f"{one}/info"), 404)
    members = told(admin.get(f"{one}/members", query_string={"query": "MEMBER"}))
    assert [person["id"] for person in members["items"]] == [member.account.id]
    assert told(admin.get(f"{one}/members", query_string={"query": "nobody"}))["total"] == 0
    assert told(admin.get(f"{one}/export"))["user_ids"] == [member.account.id]
    assert told(admin.post(f"{one}/users"))[0]["email"] == member.account.email
    assert told(admin.get(USERS, query_string={"query": "member@"}))["users"][0]["group_ids"] == [
        group["id"]
    ]
    renamed = {"name": "readers", "description": "Who reads."}
    changed = told(admin.post(f"{one}/update", json=renamed))
    assert (changed["name"], changed["permissions"]["features"]["api_keys"]) == ("readers", True)
    left = told(admin.post(f"{one}/users/remove", json={"user_ids": [member.account.id]}))
    assert left["member_count"] == 0
    assert told(admin.post(f"{GROUPS}/create", json={"name": "Readers"}), 409)
    nested = {**renamed, "parent_group_id": group["id"]}
    assert told(admin.post(f"{one}/update", json=nested), 422)
    assert told(admin.delete(f"{one}/delete")) is True
    assert told(admin.get(one), 404)


def test_a_group_is_written_with_what_it_gives_or_not_at_all(
    admin: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    gives = {"permissions": {"features": {"api_keys": True}}}
    group = told(admin.post(f"{GROUPS}/create", json={"name": "staff"}))
    monkeypatch.setitem(admin.application.config, "PROPAGATE_EXCEPTIONS", value=False)
    with refusing(services, "INSERT ON group_permission"):
        told(admin.post(f"{GROUPS}/create", json={"name": "writers", **gives}), 500)
        update = {"name": "readers", "description": "Who reads.", **gives}
        told(admin.post(f"{GROUPS}/id/{group['id']}/update", json=update), 500)
    assert told(admin.get(f"{GROUPS}/")) == [group]
    with refusing(services, "UPDATE ON people_group"):
        told(admin.post(f"{GROUPS}/id/{group['id']}/update", json=update), 500)


def test_what_users_may_do_is_the_setting_of_the_server(
    admin: FlaskClient, member: Member, client: FlaskClient, web: FlaskClient
) -> None:
    default = f"{USERS}/default/permissions"
    first = told(admin.get(default))
    assert first["features"]["api_keys"] is True
    assert first == told(admin.get(f"{default}/defaults"))
    off = {**first, "features": {**first["features"], "api_keys": False}}
    assert told(admin.post(default, json=off)) == off
    assert client.post(f"{API}/system/tokens", json={}).status_code == 403
    assert web.post("/api/v1/auths/api_key").status_code == 403
    assert told(web.get("/api/v1/users/permissions"))["features"]["api_keys"] is False
    given = {"name": "g", "description": "", "permissions": {"features": {"api_keys": True}}}
    group = told(admin.post(f"{GROUPS}/create", json=given))["id"]
    told(admin.post(f"{GROUPS}/id/{group}/users/add", json={"user_ids": [member.account.id]}))
    assert told(web.post("/api/v1/auths/api_key"))["api_key"].startswith("sk-")
    assert told(web.get("/api/v1/auths/"))["permissions"]["features"]["api_keys"] is True


def test_others_find_themselves_and_change_nobody(
    admin: FlaskClient, member: Member, web: FlaskClient
) -> None:
    found = told(web.get(f"{USERS}/search", query_string={"query": "example.org"}))
    assert [person["id"] for person in found["users"]] == [member.account.id]
    assert told(web.get(f"{USERS}/search", query_string={"query": "admin"}))["total"] == 0
    assert told(admin.get(f"{USERS}/search"))["total"] == 2
    me = told(admin.get("/api/v1/auths/"))["id"]
    assert told(web.get(f"{USERS}/{member.account.id}/groups")) == []
    for path in ("", "/all", "/default/permissions"):
        assert web.get(f"{USERS}{path}").status_code == 403, path
    for path in (f"/{me}", f"/{me}/info", f"/{me}/groups"):
        assert web.get(f"{USERS}{path}").status_code == 404, path
    for path in (f"/{me}/update", f"/{me}/sessions/revoke", f"/{member.account.id}/update"):
        assert web.post(f"{USERS}{path}", json={"role": "admin"}).status_code == 403, path
    assert web.post(f"{GROUPS}/create", json={"name": "x"}).status_code == 403


def test_an_administrator_ends_the_sessions_of_others(
    admin: FlaskClient, member: Member, web: FlaskClient
) -> None:
    assert told(admin.post(f"{USERS}/{member.account.id}/sessions/revoke")) is True
    assert web.get("/api/v1/auths/").status_code == 401
