"""Roles, sign-up and sessions: what administrators do about accounts, and what they may not."""

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.sql import run
from api.errors import ConflictError
from api.services.accounts.records import AccountRole
from tests.functional.conftest import PASSWORD, Member, client_with, join
from tests.functional.library import API, code_of, data_of, refused
from tests.functional.signing import is_in, login, signed_in

USERS = f"{API}/users"
INVITATIONS = f"{API}/invitations"

on_sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def administrator(app: Flask, services: Services) -> FlaskClient:
    """Return a client of the only administrator."""
    made = join(services, "admin@example.org")
    services.people.people.set_role(made.account.id, AccountRole.ADMINISTRATOR)
    return client_with(app, made.api_key)


def sign_up_is(services: Services, mode: str, **auth: Any) -> None:
    """Let people sign up in some way."""
    services.live.take(Settings(auth=AuthSettings.model_validate({"sign_up": mode, **auth})))


def comes(anonymous: FlaskClient, email: str = "nia@example.org", **more: str) -> Any:
    """Sign somebody up; return the envelope."""
    body = {"nickname": "Nia", "email": email, "password": PASSWORD, **more}
    return anonymous.post("/v1/user/register", json=body).get_json()


def test_people_are_listed_found_and_changed(
    administrator: FlaskClient, member: Member, client: FlaskClient
) -> None:
    page = data_of(administrator.get(USERS, query_string={"page": 2, "page_size": 1}))
    assert (page["total"], len(page["users"])) == (2, 1)
    [found] = data_of(administrator.get(USERS, query_string={"keywords": "MEMBER@"}))["users"]
    assert (found["id"], found["role"], found["is_active"]) == (member.account.id, "user", True)
    mine = f"{USERS}/{member.account.id}"
    changed = data_of(administrator.patch(mine, json={"nickname": "Mia"}))
    assert changed["nickname"] == "Mia"
    assert data_of(client.get("/v1/user/info"))["nickname"] == "Mia"
    body = {"email": "new@example.org", "password": PASSWORD, "role": "administrator"}
    made = data_of(administrator.post(USERS, json=body))
    assert data_of(administrator.get(f"{USERS}/{made['id']}"))["role"] == "administrator"
    assert "role" in refused(administrator.patch(mine, json={"role": "king"}), 400, 101)
    assert "rank" in refused(administrator.patch(mine, json={"rank": 1}), 400, 101)
    assert refused(administrator.get(f"{USERS}/{'0' * 32}"), 404, 102)


def test_who_is_demoted_deactivated_or_pending_is_refused_at_once(
    app: Flask, administrator: FlaskClient, member: Member, client: FlaskClient
) -> None:
    mine = f"{USERS}/{member.account.id}"
    data_of(administrator.patch(mine, json={"role": "administrator"}))
    session = signed_in(app)
    assert data_of(session.get(USERS))["total"] == 2
    data_of(administrator.patch(mine, json={"role": "user"}))
    assert not is_in(session)
    assert refused(client.get(USERS), 403, 103)
    for shut_out in ({"is_active": False}, {"role": "pending"}):
        session = signed_in(app)
        data_of(administrator.patch(mine, json=shut_out))
        assert not is_in(session)
        assert client.get(f"{API}/datasets").status_code == 401
        assert code_of(login(app.test_client())) == 403
        data_of(administrator.patch(mine, json={"is_active": True}))
        assert data_of(client.get(f"{API}/datasets")) == []
    data_of(administrator.patch(mine, json={"password": "another"}))
    assert code_of(login(app.test_client())) == 109
    assert code_of(login(app.test_client(), password="another")) == 0


def test_the_last_administrator_stays(administrator: FlaskClient, services: Services) -> None:
    me = f"{USERS}/me"
    for change in ({"role": "user"}, {"role": "pending"}, {"is_active": False}):
        assert "last administrator" in refused(administrator.patch(me, json=change), 409, 102)
    assert "last administrator" in refused(administrator.delete(me), 409, 102)
    other = join(services, "other@example.org")
    services.people.people.set_role(other.account.id, AccountRole.ADMINISTRATOR)
    data_of(administrator.patch(me, json={"role": "user"}))
    assert refused(administrator.get(USERS), 403, 103)


def test_of_two_administrators_who_leave_at_once_one_stays(services: Services) -> None:
    people = services.people.people
    ids = [join(services, f"{name}@example.org").account.id for name in ("one", "other")]
    for user_id in ids:
        people.set_role(user_id, AccountRole.ADMINISTRATOR)
    both, ends = threading.Barrier(2), []

    def leave(user_id: str) -> None:
        both.wait(20)
        try:
            people.set_role(user_id, AccountRole.USER)
            ends.append("left")
        except ConflictError:
            ends.append("stays")

    threads = [threading.Thread(target=leave, args=(user_id,)) for user_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["left", "stays"]


def test_an_account_goes_once_it_owns_nothing(
    administrator: FlaskClient, member: Member, client: FlaskClient, services: Services
) -> None:
    dataset = data_of(client.post(f"{API}/datasets", json={"name": "handbook"}))["id"]
    mine = f"{USERS}/{member.account.id}"
    assert "owns 1 datasets" in refused(administrator.delete(mine), 409, 102)
    data_of(client.delete(f"{API}/datasets", json={"ids": [dataset]}))
    services.accounts.members.add(member.account.principal, "admin@example.org")
    data_of(administrator.delete(mine))
    assert client.get(f"{API}/datasets").status_code == 401
    assert refused(administrator.get(mine), 404, 102)
    assert len(data_of(administrator.get(f"{API}/tenants"))) == 1
    again = {"email": "member@example.org", "password": PASSWORD}
    assert data_of(administrator.post(USERS, json=again))["id"] != member.account.id


def test_sessions_are_listed_and_ended_by_their_owner_and_administrators(
    app: Flask, administrator: FlaskClient, member: Member, stranger: FlaskClient
) -> None:
    first, second, third = (signed_in(app) for _ in range(3))
    listed = data_of(second.get(f"{USERS}/me/sessions"))
    assert [session["current"] for session in listed].count(True) == 1
    oldest = listed[-1]["id"] if not listed[-1]["current"] else listed[0]["id"]
    data_of(second.delete(f"{USERS}/me/sessions/{oldest}"))
    assert [is_in(one) for one in (first, second, third)].count(False) == 1
    data_of(second.delete(f"{USERS}/me/sessions"))
    assert [is_in(one) for one in (first, second, third)] == [False, True, False]
    theirs = f"{USERS}/{member.account.id}/sessions"
    for method in (stranger.get, stranger.delete):
        assert refused(method(theirs), 403, 103)
    assert refused(administrator.delete(f"{theirs}/{'0' * 32}"), 404, 102)
    assert len(data_of(administrator.get(theirs))) == 1
    data_of(administrator.delete(theirs))
    assert not is_in(second)


def test_who_signs_up_waits_for_approval_where_that_is_set(
    anonymous: FlaskClient, administrator: FlaskClient, services: Services
) -> None:
    for settings in (("approval", {}), ("on", {"default_role": "pending"})):
        sign_up_is(services, settings[0], **settings[1])
        email = f"{settings[0]}@example.org"
        said = comes(anonymous, email)
        assert (said["code"], "waits for an administrator" in said["message"]) == (403, True)
        assert code_of(login(anonymous, email=email)) == 403
        [found] = data_of(administrator.get(USERS, query_string={"keywords": email}))["users"]
        assert (found["role"], found["is_active"]) == ("pending", False)
        data_of(administrator.patch(f"{USERS}/{found['id']}", json={"role": "user"}))
        assert code_of(login(anonymous, email=email)) == 0


def test_an_invitation_is_taken_up_once_by_whom_it_is_for(
    anonymous: FlaskClient, administrator: FlaskClient, services: Services
) -> None:
    wanted = {"email": "nia@example.org", "role": "administrator"}
    assert "auth.sign_up" in refused(administrator.post(INVITATIONS, json=wanted), 409, 102)
    sign_up_is(services, "invitation")
    assert anonymous.get("/v1/system/config").json["data"]["registerEnabled"] == 0
    made = data_of(administrator.post(INVITATIONS, json=wanted))
    code = made["code"]
    assert comes(anonymous)["code"] != 0
    assert comes(anonymous, "other@example.org", invitation=code)["code"] != 0
    assert comes(anonymous, invitation="wrong")["code"] != 0
    assert "member" not in str(data_of(administrator.get(INVITATIONS))[0])
    assert code not in administrator.get(INVITATIONS).text
    assert comes(anonymous, "Nia@example.org", invitation=code)["code"] == 0
    assert comes(anonymous, "nia2@example.org", invitation=code)["code"] != 0
    found = data_of(administrator.get(USERS, query_string={"keywords": "nia@"}))["users"]
    assert [one["role"] for one in found] == ["administrator"]
    open_to_all = data_of(administrator.post(INVITATIONS, json={"days": 1}))
    with connection(services.database):
        run(services.database, "UPDATE invitation SET expires_time = 1")
    assert comes(anonymous, "late@example.org", invitation=open_to_all["code"])["code"] != 0
    again = data_of(administrator.post(INVITATIONS, json={}))
    data_of(administrator.delete(f"{INVITATIONS}/{again['id']}"))
    assert data_of(administrator.get(INVITATIONS)) == []
    assert refused(administrator.delete(f"{INVITATIONS}/{again['id']}"), 404, 102)
    sign_up_is(services, "off")
    assert comes(anonymous, "late@example.org", invitation=again["code"])["code"] != 0


@on_sqlite
def test_the_first_account_is_the_administrator(anonymous: FlaskClient, services: Services) -> None:
    with connection(services.database):
        for table in ("account", "tenant", "membership"):
            run(services.database, f"DELETE FROM {table}")  # noqa: S608 - tables of ours
    sign_up_is(services, "auto")
    assert comes(anonymous)["code"] == 0
    assert comes(anonymous, "second@example.org")["code"] != 0
    sign_up_is(services, "on")
    assert comes(anonymous, "second@example.org")["code"] == 0
    roles = [account.role for account in services.accounts.accounts.list_users()]
    assert roles == [AccountRole.ADMINISTRATOR, AccountRole.USER]
