"""Sessions of the console: several of an account, how they end, and what is no token."""

import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import Session
from api.secrets import SecretKey
from api.services.accounts.sessions import digest
from tests.functional.conftest import Member, client_with
from tests.functional.library import code_of
from tests.functional.signing import MEMBER, is_in, login, refusal, signed_in

pytestmark = pytest.mark.usefixtures("member")


@pytest.mark.databases("sqlite")
def test_sign_out_ends_the_session(console: FlaskClient) -> None:
    assert console.get("/v1/user/logout").json == {"code": 0, "message": "success", "data": True}
    assert refusal(console.get("/v1/user/info"))[:2] == (200, 401)


def test_an_account_has_several_sessions_and_ends_one_at_a_time(
    app: Flask, services: Services, member: Member
) -> None:
    clients = [signed_in(app) for _ in range(3)]
    assert [is_in(client) for client in clients] == [True, True, True]
    assert len(services.accounts.sessions.list_sessions(member.account.id)) == 3

    clients[1].get("/v1/user/logout")

    assert [is_in(client) for client in clients] == [True, False, True]
    assert len(services.accounts.sessions.list_sessions(member.account.id)) == 2


@pytest.mark.databases("sqlite")
def test_signing_out_with_an_api_key_ends_no_session(
    console: FlaskClient, client: FlaskClient
) -> None:
    assert code_of(client.get("/v1/user/logout")) == 0
    assert is_in(console)
    assert code_of(client.get("/v1/user/info")) == 0


@pytest.mark.databases("sqlite")
def test_a_session_shows_its_client_and_when_it_was_used(
    app: Flask, services: Services, member: Member
) -> None:
    agents = ["", "Firefox/1", "x" * 1000 + "\u00e9"]
    for agent in agents:
        client = app.test_client()
        answer = client.post("/v1/user/login", json=MEMBER, headers={"User-Agent": agent})
        assert answer.status_code == 200
    found = services.accounts.sessions.list_sessions(member.account.id)
    assert sorted(len(session.agent) for session in found) == [0, 9, 255]
    assert all(session.last_used_time == session.create_time > 0 for session in found)


def test_the_use_of_a_session_is_written_down_once_a_minute(
    console: FlaskClient, services: Services, member: Member
) -> None:
    def last_used() -> int:
        return services.accounts.sessions.list_sessions(member.account.id)[0].last_used_time

    def set_back(milliseconds: int) -> int:
        earlier = last_used() - milliseconds
        with connection(services.database):
            Session.update(last_used_time=earlier).execute()
        return earlier

    recent = set_back(30_000)
    assert is_in(console)
    assert last_used() == recent
    old = set_back(31_000)
    assert is_in(console)
    assert last_used() > old + 31_000


def test_only_a_hash_of_a_session_is_kept(app: Flask, services: Services) -> None:
    token = login(app.test_client()).headers["Authorization"]
    held = services.accounts.sessions.serializer.loads(token)
    with connection(services.database):
        kept = repr(list(Session.select().dicts()))
    assert held not in kept
    assert digest(held) in kept


def test_the_oldest_of_very_many_sessions_ends(
    app: Flask, services: Services, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.services.accounts.sessions.MOST", 2)
    clients = [signed_in(app)]
    with connection(services.database):
        Session.update(create_time=Session.create_time - 1).execute()
    clients += [signed_in(app), signed_in(app)]
    assert [is_in(client) for client in clients] == [False, True, True]
    assert len(services.accounts.sessions.list_sessions(member.account.id)) == 2


@pytest.mark.databases("sqlite")
def test_a_session_ends_by_itself(console: FlaskClient, services: Services) -> None:
    services.live.take(Settings(auth=AuthSettings(session_days=1e-9)))
    time.sleep(1.1)
    assert code_of(console.get("/v1/user/info")) == 401


@pytest.mark.databases("sqlite")
def test_a_token_signed_by_another_server_is_refused(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    token = login(app.test_client()).headers["Authorization"]
    held = services.accounts.sessions.serializer.loads(token)
    other = URLSafeTimedSerializer(SecretKey("another", tmp_path).derive("session tokens"))
    for signed, code in ((token, 0), (str(other.dumps(held)), 401)):
        assert code_of(client_with(app, signed).get("/v1/user/info")) == code


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer x.y.z", "nonsense", "Basic dXNlcg==", "Bearer \u00fc"],
)
def test_what_is_no_token_is_refused_with_a_sentence(anonymous: FlaskClient, header: str) -> None:
    answer = anonymous.get(
        "/v1/user/info", headers={"Authorization": header.encode().decode("latin-1")}
    )
    status, code, message = refusal(answer)
    assert (status, code) == (200, 401)
    assert "sign in" in message
