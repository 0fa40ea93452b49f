"""One-time codes and recovery codes, over the REST API and at the console of RAGFlow."""

import time
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.db.connection import connection
from api.db.models.account import RecoveryCode, SecondFactor
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, client_with, join
from tests.functional.library import API, code_of, data_of, refused
from tests.functional.signing import MEMBER, login

pytestmark = pytest.mark.usefixtures("member")

FACTOR = f"{API}/auth/second-factor"
PASSWORD = {"password": MEMBER["password"]}


def code_at(secret: str, steps: int = 0) -> str:
    """Return the code of some steps from now."""
    return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)


def set_up(client: FlaskClient) -> tuple[str, list[str]]:
    """Set up a factor by the code of the step before now; return its secret and recovery codes."""
    secret = data_of(client.post(FACTOR, json=PASSWORD))["secret"]
    codes = data_of(client.put(FACTOR, json={"code": code_at(secret, -1)}))["recovery_codes"]
    return secret, codes


def sign_in(client: FlaskClient, **more: str) -> TestResponse:
    return client.post(f"{API}/auth/tokens", json={**MEMBER, **more})


def test_a_factor_is_set_up_used_and_removed(client: FlaskClient, anonymous: FlaskClient) -> None:
    assert data_of(client.get(FACTOR)) == {
        "since": None,
        "recovery_codes_left": 0,
        "required": False,
    }
    made = data_of(client.post(FACTOR, json=PASSWORD))
    assert made["uri"].startswith("otpauth://totp/Raglan:member%40example.org?secret=")
    assert code_of(sign_in(anonymous)) == 0  # it does not count yet
    assert data_of(client.post(FACTOR, json=PASSWORD)) == made
    _, codes = set_up(client)
    assert len(set(codes)) == 10
    assert data_of(client.get(FACTOR))["recovery_codes_left"] == 10
    assert "as `code`" in refused(sign_in(anonymous), 401, 109)
    assert code_of(sign_in(anonymous, code=code_at(made["secret"]))) == 0
    assert refused(client.post(FACTOR, json=PASSWORD), 409, 102)
    assert code_of(client.delete(FACTOR, json=PASSWORD)) == 0
    assert code_of(sign_in(anonymous)) == 0


def test_a_code_is_good_once(client: FlaskClient, anonymous: FlaskClient) -> None:
    secret, codes = set_up(client)
    assert refused(sign_in(anonymous, code=code_at(secret, -1)), 401, 109)
    assert code_of(sign_in(anonymous, code=code_at(secret))) == 0
    assert refused(sign_in(anonymous, code=code_at(secret)), 401, 109)
    spelt = codes[0].lower().replace("-", " ")
    assert code_of(sign_in(anonymous, code=spelt)) == 0
    assert refused(sign_in(anonymous, code=codes[0]), 401, 109)
    assert data_of(client.get(FACTOR))["recovery_codes_left"] == 9
    fresh = data_of(client.post(f"{FACTOR}/codes", json=PASSWORD))["recovery_codes"]
    assert refused(sign_in(anonymous, code=codes[1]), 401, 109)
    assert code_of(sign_in(anonymous, code=fresh[1])) == 0


@pytest.mark.databases("sqlite")
def test_secret_and_codes_are_not_kept_as_they_are(client: FlaskClient, services: Services) -> None:
    secret, codes = set_up(client)
    with connection(services.database):
        kept = repr([*SecondFactor.select().dicts(), *RecoveryCode.select().dicts()])
    assert secret not in kept
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]


@pytest.mark.databases("sqlite")
def test_codes_may_not_be_guessed_without_end_from_anywhere(
    client: FlaskClient, anonymous: FlaskClient, services: Services
) -> None:
    secret, _ = set_up(client)
    services.live.take(Settings(auth=AuthSettings(failures=3)))
    for n in range(3):
        overrides = {"REMOTE_ADDR": f"192.0.2.{n}"}
        answer = anonymous.post(
            f"{API}/auth/tokens", json={**MEMBER, "code": "000000"}, environ_overrides=overrides
        )
        assert "wait for the next one" in refused(answer, 401, 109)
    answer = sign_in(anonymous, code=code_at(secret))
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.databases("sqlite")
def test_a_password_is_needed_to_change_a_factor(client: FlaskClient) -> None:
    set_up(client)
    wrong = {"password": "wrong"}
    assert refused(client.delete(FACTOR, json=wrong), 401, 109)
    assert refused(client.post(f"{FACTOR}/codes", json=wrong), 401, 109)
    assert data_of(client.get(FACTOR))["since"]


@pytest.mark.databases("sqlite")
def test_the_console_of_ragflow_takes_a_code_and_needs_none_without_a_factor(
    client: FlaskClient, anonymous: FlaskClient
) -> None:
    assert code_of(login(anonymous)) == 0
    secret, _ = set_up(client)
    assert login(anonymous).json["code"] == 109
    assert code_of(login(anonymous, code=code_at(secret))) == 0


def test_administrators_reset_a_factor(
    app: Flask, client: FlaskClient, anonymous: FlaskClient, services: Services, member: Member
) -> None:
    set_up(client)
    address = f"{API}/users/{member.account.id}/second-factor"
    assert client.delete(address).status_code == 403
    chief = join(services, "chief@example.org")
    services.people.people.set_role(chief.account.id, AccountRole.ADMINISTRATOR)
    assert code_of(client_with(app, chief.api_key).delete(address)) == 0
    assert code_of(sign_in(anonymous)) == 0
    missing = client_with(app, chief.api_key).delete(f"{API}/users/{'0' * 32}/second-factor")
    assert missing.status_code == 404


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("wanted", "role", "status"),
    [
        ("everybody", AccountRole.USER, 403),
        ("administrators", AccountRole.USER, 200),
        ("administrators", AccountRole.ADMINISTRATOR, 403),
    ],
)
def test_a_factor_can_be_a_must(
    request: pytest.FixtureRequest, services: Services, wanted: Any, role: AccountRole, status: int
) -> None:
    client, anonymous = (request.getfixturevalue(name) for name in ("client", "anonymous"))
    member = request.getfixturevalue("member")
    services.people.people.set_role(member.account.id, role)
    services.live.take(Settings(auth=AuthSettings(second_factor=wanted)))
    assert sign_in(anonymous).status_code == status
    assert client.get(f"{API}/datasets").status_code == 200  # keys go on
    secret, _ = set_up(client)
    assert code_of(sign_in(anonymous, code=code_at(secret))) == 0
