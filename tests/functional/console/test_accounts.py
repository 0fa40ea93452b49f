"""Signing up, in and out, and what users change about themselves."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import Session, User
from api.errors import NotFoundError
from api.execution import INLINE
from api.services.accounts.passwords import Passwords
from api.services.accounts.secrets import SecretKey
from api.services.accounts.sessions import digest
from tests.functional.conftest import Member

PASSWORD = "correct horse battery staple"
MEMBER = {"email": "member@example.org", "password": PASSWORD}
NEWCOMER = {"nickname": "Nia", "email": "Nia@example.org", "password": "cGxhaW4="}

pytestmark = pytest.mark.usefixtures("member")


def login(client: FlaskClient, **changes: Any) -> TestResponse:
    return client.post("/v1/user/login", json={**MEMBER, **changes})


def signed_in(app: Flask, **changes: Any) -> FlaskClient:
    answer = login(app.test_client(), **changes)
    assert answer.status_code == 200, answer.text
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = answer.headers["Authorization"]
    return client


def refusal(answer: TestResponse) -> tuple[int, int, str]:
    assert set(answer.json) <= {"code", "message", "data"}
    return answer.status_code, answer.json["code"], answer.json["message"]


def test_sign_in_gives_a_token_in_a_header_that_scripts_may_read(anonymous: FlaskClient) -> None:
    answer = login(anonymous)
    assert (answer.json["code"], answer.json["message"]) == (0, "Welcome back!")
    assert answer.headers["Access-Control-Expose-Headers"] == "Authorization"
    user = answer.json["data"]
    assert (user["email"], user["is_active"], user["status"]) == ("member@example.org", "1", "1")
    assert user["create_date"].endswith(" GMT")
    assert user["last_login_time"] >= user["create_time"]
    assert "argon2" not in answer.text
    assert answer.headers["Authorization"] not in answer.text


@pytest.mark.parametrize("word", ["", "Bearer ", "bearer "])
def test_a_session_token_is_taken_with_the_word_bearer_or_without(
    anonymous: FlaskClient, word: str
) -> None:
    token = login(anonymous).headers["Authorization"]
    for path in ("/v1/user/info", "/api/v1/system/tokens"):
        answer = anonymous.get(path, headers={"Authorization": word + token})
        assert answer.json["code"] == 0, answer.text


def test_an_api_key_is_taken_by_the_console_too(client: FlaskClient) -> None:
    assert client.get("/v1/user/info").json["data"]["email"] == "member@example.org"


def test_addresses_are_told_apart_by_more_than_case(anonymous: FlaskClient) -> None:
    assert login(anonymous, email=" MEMBER@example.org ").status_code == 200


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "no@example.org"}, (401, 109, "Email: no@example.org is not registered!")),
        ({"password": "wrong"}, (401, 109, "Email and password do not match!")),
    ],
)
def test_sign_in_is_refused_in_the_words_of_the_contract(
    anonymous: FlaskClient, changes: dict[str, str], expected: tuple[int, int, str]
) -> None:
    answer = login(anonymous, **changes)
    assert refusal(answer) == expected
    assert "Authorization" not in answer.headers


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("body", [{}, {"email": "a@b.org"}, {**MEMBER, "password": 1}, []])
def test_sign_in_names_what_is_missing_or_wrong(anonymous: FlaskClient, body: Any) -> None:
    assert anonymous.post("/v1/user/login", json=body).status_code == 400


def test_a_deactivated_account_is_out_at_once_with_session_and_key(
    anonymous: FlaskClient, client: FlaskClient, console: FlaskClient, services: Services
) -> None:
    services.accounts.accounts.set_active("member@example.org", active=False)
    assert refusal(login(anonymous))[:2] == (403, 403)
    assert client.get("/api/v1/system/tokens").status_code == 401
    assert console.get("/v1/user/info").status_code == 401
    services.accounts.accounts.set_active("member@example.org", active=True)
    assert client.get("/api/v1/system/tokens").status_code == 200
    assert login(anonymous).status_code == 200
    assert not is_in(console)


def test_sign_out_ends_the_session(console: FlaskClient) -> None:
    assert console.get("/v1/user/logout").json == {"code": 0, "message": "success", "data": True}
    assert refusal(console.get("/v1/user/info"))[:2] == (401, 109)


def test_an_account_has_several_sessions_and_ends_one_at_a_time(
    app: Flask, services: Services, member: Member
) -> None:
    clients = [signed_in(app) for _ in range(3)]
    assert [is_in(client) for client in clients] == [True, True, True]
    assert len(services.accounts.sessions.list_sessions(member.account.id)) == 3

    clients[1].get("/v1/user/logout")

    assert [is_in(client) for client in clients] == [True, False, True]
    assert len(services.accounts.sessions.list_sessions(member.account.id)) == 2


def test_signing_out_with_an_api_key_ends_no_session(
    console: FlaskClient, client: FlaskClient
) -> None:
    assert client.get("/v1/user/logout").status_code == 200
    assert is_in(console)
    assert client.get("/v1/user/info").status_code == 200


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
    held = services.accounts.sessions.serializer().loads(token)
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


def is_in(client: FlaskClient) -> bool:
    """Tell whether a client's session is one."""
    answer = client.get("/v1/user/info")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def test_a_session_ends_by_itself(console: FlaskClient, services: Services) -> None:
    services.live.take(Settings(auth=AuthSettings(session_days=1e-9)))
    time.sleep(1.1)
    assert console.get("/v1/user/info").status_code == 401


@pytest.mark.databases("sqlite")
def test_a_token_signed_by_another_server_is_refused(
    console: FlaskClient, services: Services, tmp_path: Path
) -> None:
    services.accounts.sessions.secret = SecretKey("another secret key", tmp_path)
    assert console.get("/v1/user/info").status_code == 401


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
    assert (status, code) == (401, 109)
    assert "sign in" in message


def test_the_profile_can_be_changed(console: FlaskClient) -> None:
    changes = {"nickname": " New ", "language": "Chinese", "avatar": "data:,x", "unknown": 1}
    assert console.post("/v1/user/setting", json=changes).json["data"] is True
    profile = console.get("/v1/user/info").json["data"]
    assert (profile["nickname"], profile["language"], profile["avatar"]) == (
        "New",
        "Chinese",
        "data:,x",
    )
    assert console.post("/v1/user/setting", json={}).json["code"] == 0


def test_a_password_changes_for_who_knows_the_old_one(console: FlaskClient, app: Flask) -> None:
    wrong = {"password": "wrong", "new_password": "another"}
    assert refusal(console.post("/v1/user/setting", json=wrong)) == (401, 109, "Password error!")
    assert refusal(console.post("/v1/user/setting", json={"new_password": "another"}))[0] == 401
    right = {"password": PASSWORD, "new_password": "another"}
    assert console.post("/v1/user/setting", json=right).status_code == 200
    assert login(app.test_client()).status_code == 401
    assert login(app.test_client(), password="another").status_code == 200


def test_another_password_ends_all_other_sessions(app: Flask, console: FlaskClient) -> None:
    others = [signed_in(app), signed_in(app)]
    wrong = {"password": "wrong", "new_password": "another"}
    assert console.post("/v1/user/setting", json=wrong).status_code == 401
    assert console.post("/v1/user/setting", json={"nickname": "Mia"}).status_code == 200
    assert [is_in(client) for client in [console, *others]] == [True, True, True]

    right = {"password": PASSWORD, "new_password": "another", "nickname": "Nia"}
    assert console.post("/v1/user/setting", json=right).status_code == 200

    assert [is_in(client) for client in [console, *others]] == [True, False, False]
    assert console.get("/v1/user/info").json["data"]["nickname"] == "Nia"


class Meanwhile:
    """Compares passwords as the server does, and lets something happen once before it says so."""

    def __init__(self, hasher: PasswordHasher, happens: Callable[[], object]) -> None:
        """Remember both."""
        self.hasher = hasher
        self.happens = [happens]

    def verify(self, kept: str, password: bytes) -> bool:
        """Compare, then let it happen."""
        matches = self.hasher.verify(kept, password)
        if self.happens:
            self.happens.pop()()
        return matches

    def __getattr__(self, name: str) -> Any:
        """Return what the hasher has."""
        return getattr(self.hasher, name)


def test_who_signs_in_while_the_password_changes_is_asked_for_the_new_one(
    anonymous: FlaskClient, services: Services, member: Member
) -> None:
    accounts = services.accounts.accounts
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher, lambda: accounts.set_password(MEMBER["email"], "another")
    )
    assert login(anonymous).status_code == 401
    assert services.accounts.sessions.list_sessions(member.account.id) == []
    assert login(anonymous, password="another").status_code == 200


def test_an_old_hash_that_is_renewed_does_not_bring_an_old_password_back(
    anonymous: FlaskClient, services: Services
) -> None:
    accounts = services.accounts.accounts
    weak = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    with connection(services.database):
        User.update(password_hash=weak).where(User.email == MEMBER["email"]).execute()
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher, lambda: accounts.set_password(MEMBER["email"], "another")
    )
    assert login(anonymous).status_code == 401
    assert login(anonymous).status_code == 401
    assert login(anonymous, password="another").status_code == 200


def test_who_signs_in_while_the_account_is_shut_out_stays_out(
    anonymous: FlaskClient, services: Services, member: Member
) -> None:
    accounts = services.accounts.accounts
    accounts.passwords.hasher = Meanwhile(  # type: ignore[assignment]
        accounts.passwords.hasher, lambda: accounts.set_active(MEMBER["email"], active=False)
    )
    assert refusal(login(anonymous))[:2] == (403, 403)
    assert services.accounts.sessions.list_sessions(member.account.id) == []


def test_a_password_changed_by_api_key_ends_all_sessions(
    client: FlaskClient, console: FlaskClient
) -> None:
    right = {"password": PASSWORD, "new_password": "another"}
    assert client.post("/v1/user/setting", json=right).status_code == 200
    assert not is_in(console)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "changes",
    [
        {"nickname": ""},
        {"nickname": "x" * 101},
        {"nickname": 5},
        {"nickname": "a\0"},
        {"avatar": "x" * 65536},
        {"avatar": "a\0"},
        {"language": "a\0"},
    ],
)
def test_a_bad_profile_is_refused_by_the_field(
    console: FlaskClient, changes: dict[str, object]
) -> None:
    status, code, message = refusal(console.post("/v1/user/setting", json=changes))
    assert (status, code) == (400, 101)
    assert f"Field: <{next(iter(changes))}>" in message


def test_the_tenant_has_default_models_that_can_be_changed(
    console: FlaskClient, stranger: FlaskClient
) -> None:
    info = console.get("/v1/user/tenant_info").json["data"]
    assert (info["role"], info["llm_id"]) == ("owner", "")
    key = {"llm_factory": "OpenAI", "api_key": "sk-1"}
    assert console.post("/v1/llm/set_api_key", json=key).json["code"] == 0
    changes = {
        "tenant_id": info["tenant_id"],
        "llm_id": "gpt-4o@OpenAI",
        "embd_id": "hashing@Builtin",
        "img2txt_id": "",
    }
    assert console.post("/v1/user/set_tenant_info", json=changes).json["code"] == 0
    info = console.get("/v1/user/tenant_info").json["data"]
    assert (info["llm_id"], info["embd_id"]) == ("gpt-4o@OpenAI", "hashing@Builtin")
    answer = stranger.post("/v1/user/set_tenant_info", json={**changes, "llm_id": "mine"})
    assert refusal(answer) == (404, 102, "Tenant not found!")
    answer = console.post("/v1/user/set_tenant_info", json={"embd_id": "a\0"})
    assert "<embd_id>" in refusal(answer)[2]
    assert console.get("/v1/user/tenant_info").json["data"]["llm_id"] == "gpt-4o@OpenAI"


@pytest.mark.parametrize(
    ("field", "model", "said"),
    [
        ("embd_id", "nothing", "Unsupported model: <nothing>"),
        ("embd_id", "nothing@Builtin", "Unsupported model: <nothing@Builtin>"),
        ("embd_id", "gpt-4o@OpenAI", "Unsupported model: <gpt-4o@OpenAI>"),
        ("embd_id", "text-embedding-3-small@OpenAI", "Unauthorized model"),
        ("llm_id", "wordllama@Builtin", "Unsupported model: <wordllama@Builtin>"),
        ("llm_id", "m@Nobody", "Unsupported model: <m@Nobody>"),
        ("rerank_id", "m@OpenAI", "no models of this kind"),
        ("img2txt_id", "m@OpenAI", "no models of this kind"),
    ],
)
def test_a_default_model_that_cannot_be_used_is_refused_and_datasets_go_on(
    console: FlaskClient, client: FlaskClient, field: str, model: str, said: str
) -> None:
    answer = console.post("/v1/user/set_tenant_info", json={"name": "new", field: model})
    status, code, message = refusal(answer)
    assert (status, code) == (400, 101)
    assert message.startswith(f"Field: <{field}>")
    assert said in message
    info = console.get("/v1/user/tenant_info").json["data"]
    assert (info[field], info["name"] == "new") == ("", False)
    assert client.post("/api/v1/datasets", json={"name": "d"}).status_code == 200


def test_what_a_form_sends_back_unchanged_is_not_looked_at(console: FlaskClient) -> None:
    key = {"llm_factory": "OpenAI", "api_key": "sk-1"}
    console.post("/v1/llm/set_api_key", json=key)
    old = {"llm_id": "gpt-4o@OpenAI"}
    assert console.post("/v1/user/set_tenant_info", json=old).status_code == 200
    console.post("/v1/llm/delete_factory", json={"llm_factory": "OpenAI"})
    both = {**old, "embd_id": "hashing@Builtin"}
    assert console.post("/v1/user/set_tenant_info", json=both).status_code == 200
    assert console.get("/v1/user/tenant_info").json["data"]["embd_id"] == "hashing@Builtin"


@pytest.mark.databases("sqlite")
def test_nobody_may_sign_up_once_there_is_an_account(anonymous: FlaskClient) -> None:
    answer = anonymous.post("/v1/user/register", json=NEWCOMER)
    assert refusal(answer) == (403, 103, "User registration is disabled!")
    assert anonymous.get("/v1/system/config").json["data"]["registerEnabled"] == 0


@pytest.fixture
def open_sign_up(services: Services) -> None:
    services.live.take(Settings(auth=AuthSettings(sign_up="on")))


@pytest.mark.usefixtures("open_sign_up")
def test_who_signs_up_is_signed_in_and_has_a_tenant(anonymous: FlaskClient) -> None:
    assert anonymous.get("/v1/system/config").json["data"]["registerEnabled"] == 1
    answer = anonymous.post("/v1/user/register", json=NEWCOMER)
    assert (answer.status_code, answer.json["message"]) == (200, "Nia, welcome aboard!")
    user = answer.json["data"]
    assert len(user["id"]) == 32
    token = {"Authorization": answer.headers["Authorization"]}
    tenant = anonymous.get("/v1/user/tenant_info", headers=token).json["data"]
    assert (tenant["tenant_id"], tenant["name"]) == (user["id"], "Nia")
    again = anonymous.post(
        "/v1/user/login", json={"email": "nia@example.org", "password": "cGxhaW4="}
    )
    assert again.json["code"] == 0


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("email", ["nia", "nia@", "@b.org", "nia@host", "a b@c.org"])
@pytest.mark.usefixtures("open_sign_up")
def test_a_malformed_address_is_refused(anonymous: FlaskClient, email: str) -> None:
    answer = anonymous.post("/v1/user/register", json={**NEWCOMER, "email": email})
    assert refusal(answer) == (400, 103, f"Invalid email address: {email}!")


@pytest.mark.parametrize("email", ["member@example.org", "Member@Example.org"])
@pytest.mark.usefixtures("open_sign_up")
def test_a_taken_address_is_refused(anonymous: FlaskClient, email: str) -> None:
    answer = anonymous.post("/v1/user/register", json={**NEWCOMER, "email": email})
    assert refusal(answer) == (409, 103, f"Email: {email} has already registered!")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("missing", ["nickname", "email", "password"])
@pytest.mark.usefixtures("open_sign_up")
def test_a_missing_field_is_named(anonymous: FlaskClient, missing: str) -> None:
    body = {name: value for name, value in NEWCOMER.items() if name != missing}
    status, code, message = refusal(anonymous.post("/v1/user/register", json=body))
    assert (status, code) == (400, 101)
    assert f"<{missing}>" in message


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(
    anonymous: FlaskClient, services: Services
) -> None:
    services.accounts.accounts.passwords.hasher = Passwords(INLINE).hasher
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with connection(services.database):
        User.update(password_hash=weak).where(User.email == "member@example.org").execute()
    assert login(anonymous).status_code == 200
    with connection(services.database):
        kept = User.get(User.email == "member@example.org").password_hash
    assert "m=12288,t=3,p=1" in kept
    assert login(anonymous).status_code == 200


def test_accounts_are_listed_oldest_first(services: Services) -> None:
    services.accounts.accounts.insert("second@example.org", "x", is_superuser=True)
    first, second = services.accounts.accounts.list_users()
    assert (first.email, first.is_superuser) == ("member@example.org", False)
    assert (second.nickname, second.is_superuser) == ("second", True)
    assert services.accounts.accounts.first_account() == first


def test_a_new_password_ends_the_session(
    services: Services, console: FlaskClient, anonymous: FlaskClient
) -> None:
    services.accounts.accounts.set_password("Member@example.org", "another")
    assert console.get("/v1/user/info").status_code == 401
    assert login(anonymous, password="another").status_code == 200
    assert services.accounts.sessions.list_sessions(services.accounts.accounts.first_account().id)


def test_who_is_not_there_is_named(services: Services) -> None:
    with pytest.raises(NotFoundError, match=r"no@example\.org"):
        services.accounts.accounts.set_password("no@example.org", "x")


def test_without_an_account_the_first_one_is_asked_for(services: Services) -> None:
    with connection(services.database):
        User.delete().execute()
    with pytest.raises(NotFoundError, match="no account yet"):
        services.accounts.accounts.first_account()
    assert services.accounts.accounts.sign_up_is_open()
