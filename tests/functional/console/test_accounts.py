"""Signing in and up, and what an administrator does with accounts."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from api.errors import NotFoundError
from api.execution import INLINE
from api.services.accounts.passwords import Passwords
from api.services.accounts.records import AccountRole
from tests.functional.library import code_of
from tests.functional.signing import MEMBER, PASSWORD, is_in, login, refusal

NEWCOMER = {"nickname": "Nia", "email": "Nia@example.org", "password": "cGxhaW4="}

pytestmark = pytest.mark.usefixtures("member")


@pytest.mark.databases("sqlite")
def test_sign_in_gives_a_token_in_a_header_that_scripts_may_read(anonymous: FlaskClient) -> None:
    answer = login(anonymous)
    assert (answer.json["code"], answer.json["message"]) == (0, "Welcome back!")
    assert answer.headers["Access-Control-Expose-Headers"] == "Authorization"
    user = answer.json["data"]
    assert (user["email"], user["is_active"], user["status"]) == ("member@example.org", "1", "1")
    assert user["create_date"].endswith(" GMT")
    assert user["last_login_time"] >= user["create_time"]
    assert "argon2" not in answer.text
    assert user["access_token"] == answer.headers["Authorization"]


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
    assert code_of(login(anonymous, email=" MEMBER@example.org ")) == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email": "no@example.org"}, (200, 109, "Email and password do not match!")),
        ({"password": "wrong"}, (200, 109, "Email and password do not match!")),
    ],
)
@pytest.mark.databases("sqlite")
def test_sign_in_is_refused_in_the_words_of_the_contract(
    anonymous: FlaskClient, changes: dict[str, str], expected: tuple[int, int, str]
) -> None:
    answer = login(anonymous, **changes)
    assert refusal(answer) == expected
    assert "Authorization" not in answer.headers


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("body", [{}, {"email": "a@b.org"}, {**MEMBER, "password": 1}, []])
def test_sign_in_names_what_is_missing_or_wrong(anonymous: FlaskClient, body: Any) -> None:
    assert code_of(anonymous.post("/v1/user/login", json=body)) == 101


def test_a_deactivated_account_is_out_at_once_with_session_and_key(
    anonymous: FlaskClient, client: FlaskClient, console: FlaskClient, services: Services
) -> None:
    set_active(services, active=False)
    assert refusal(login(anonymous))[:2] == (200, 403)
    assert client.get("/api/v1/system/tokens").status_code == 401
    assert code_of(console.get("/v1/user/info")) == 401
    set_active(services, active=True)
    assert client.get("/api/v1/system/tokens").status_code == 200
    assert code_of(login(anonymous)) == 0
    assert not is_in(console)


@pytest.mark.databases("sqlite")
def test_nobody_may_sign_up_once_there_is_an_account(anonymous: FlaskClient) -> None:
    answer = anonymous.post("/v1/user/register", json=NEWCOMER)
    assert refusal(answer) == (200, 103, "User registration is disabled!")
    assert anonymous.get("/v1/system/config").json["data"]["registerEnabled"] == 0


def set_active(services: Services, *, active: bool) -> None:
    """Shut the account of the test out, or let it in again."""
    kept = services.accounts.accounts.credentials_of("member@example.org")
    assert kept is not None
    services.people.people.set_active(kept.user_id, active=active)


@pytest.fixture
def open_sign_up(services: Services) -> None:
    services.live.take(Settings(auth=AuthSettings(sign_up="on")))


@pytest.mark.usefixtures("open_sign_up")
def test_who_signs_up_is_signed_in_and_has_a_tenant(anonymous: FlaskClient) -> None:
    assert anonymous.get("/v1/system/config").json["data"]["registerEnabled"] == 1
    answer = anonymous.post("/v1/user/register", json=NEWCOMER)
    assert (code_of(answer), answer.json["message"]) == (0, "Nia, welcome aboard!")
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
    assert refusal(answer) == (200, 103, f"Invalid email address: {email}!")


@pytest.mark.parametrize("email", ["member@example.org", "Member@Example.org"])
@pytest.mark.usefixtures("open_sign_up")
def test_a_taken_address_is_refused(anonymous: FlaskClient, email: str) -> None:
    answer = anonymous.post("/v1/user/register", json={**NEWCOMER, "email": email})
    assert refusal(answer) == (200, 103, f"Email: {email} has already registered!")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("missing", ["nickname", "email", "password"])
@pytest.mark.usefixtures("open_sign_up")
def test_a_missing_field_is_named(anonymous: FlaskClient, missing: str) -> None:
    body = {name: value for name, value in NEWCOMER.items() if name != missing}
    status, code, message = refusal(anonymous.post("/v1/user/register", json=body))
    assert (status, code) == (200, 101)
    assert f"<{missing}>" in message


def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(
    anonymous: FlaskClient, services: Services
) -> None:
    services.accounts.accounts.passwords.hasher = Passwords(INLINE).hasher
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with connection(services.database):
        User.update(password_hash=weak).where(User.email == "member@example.org").execute()
    assert code_of(login(anonymous)) == 0
    with connection(services.database):
        kept = User.get(User.email == "member@example.org").password_hash
    assert "m=12288,t=3,p=1" in kept
    assert code_of(login(anonymous)) == 0


def test_accounts_are_listed_oldest_first(services: Services) -> None:
    services.accounts.accounts.insert("second@example.org", "x", role=AccountRole.ADMINISTRATOR)
    first, second = services.accounts.accounts.list_users()
    assert (first.email, first.is_superuser) == ("member@example.org", False)
    assert (second.nickname, second.is_superuser) == ("second", True)
    assert services.accounts.accounts.first_account() == first


def test_a_new_password_ends_the_session(
    services: Services, console: FlaskClient, anonymous: FlaskClient
) -> None:
    services.accounts.accounts.set_password("Member@example.org", "another")
    assert code_of(console.get("/v1/user/info")) == 401
    assert code_of(login(anonymous, password="another")) == 0
    assert services.accounts.sessions.list_sessions(services.accounts.accounts.first_account().id)


def test_who_is_not_there_is_named(services: Services) -> None:
    with pytest.raises(NotFoundError, match=r"no@example\.org"):
        services.accounts.accounts.set_password("no@example.org", "x")


def test_without_an_account_the_first_one_is_asked_for(services: Services) -> None:
    with connection(services.database):
        User.delete().execute()
    with pytest.raises(NotFoundError, match="no account yet"):
        services.accounts.accounts.first_account()
    assert services.people.sign_up.is_open()
