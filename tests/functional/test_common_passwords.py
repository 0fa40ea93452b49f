"""Passwords that are tried first are refused wherever one is set, if the settings want that."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, BootstrapSettings, Settings
from api.container import Services
from api.errors import ArgumentError, StartError
from api.services.accounts.bootstrap import BootstrapService
from api.services.accounts.common import is_common
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from api.services.sign_in.resets import digest
from tests.functional.conftest import PASSWORD, Member, client_with, join
from tests.functional.library import API, data_of, refused
from tests.functional.signing import login

pytestmark = pytest.mark.databases("sqlite")

COMMON = "P@ssw0rd2024!"
SAID = "one of those that are tried first"


@pytest.fixture
def strict(services: Services, member: Member) -> Member:
    """Refuse such passwords; return an administrator."""
    services.people.people.set_role(member.account.id, AccountRole.ADMINISTRATOR)
    auth = AuthSettings(sign_up="on", refuse_common_passwords=True)
    services.live.take(services.settings.model_copy(update={"auth": auth}))
    return member


def test_every_way_to_set_a_password_refuses_a_common_one(
    app: Flask, services: Services, strict: Member, anonymous: FlaskClient
) -> None:
    other = join(services, "other@example.org")
    administrator = client_with(app, strict.api_key)
    new = {"nickname": "Nia", "email": "nia@example.org", "password": COMMON}
    by_hand = {"email": "nia@example.org", "password": COMMON}
    services.sign_in.resets.keep(other.account.id, digest("a link"))
    told = [
        anonymous.post("/v1/user/register", json=new).get_json()["message"],
        refused(administrator.post(f"{API}/users", json=by_hand), 400, 101),
        refused(
            administrator.patch(f"{API}/users/{other.account.id}", json={"password": COMMON}),
            400,
            101,
        ),
        client_with(app, other.api_key)
        .post("/v1/user/setting", json={"password": PASSWORD, "new_password": COMMON})
        .get_json()["message"],
        administrator.post(
            "/scim/v2/Users",
            json={
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                "userName": "nia@example.org",
                "password": COMMON,
            },
        ).get_json(force=True)["detail"],
    ]
    assert all(SAID in each for each in told), told
    accounts = services.accounts.accounts
    for set_one in (
        lambda: accounts.set_password("other@example.org", COMMON),  # by command
        lambda: accounts.create_user(NewAccount("nia@example.org", COMMON)),
        lambda: services.sign_in.resets.use("a link", COMMON),
    ):
        with pytest.raises(ArgumentError):
            set_one()
    emails = {account.email for account in accounts.list_users()}
    assert emails == {strict.account.email, "other@example.org"}
    assert login(anonymous, email="other@example.org").get_json()["code"] == 0  # it stays


def test_a_first_account_with_a_common_password_stops_the_start(services: Services) -> None:
    services.live.take(Settings(auth=AuthSettings(refuse_common_passwords=True)))
    accounts, keys = services.accounts.accounts, services.accounts.keys
    given = BootstrapSettings.model_validate({"password": COMMON})
    with pytest.raises(StartError, match=r"bootstrap\.password"):
        BootstrapService(accounts, keys, given).seed()
    assert BootstrapService(accounts, keys, BootstrapSettings()).seed() is not None


def test_without_the_setting_any_password_will_do(
    services: Services, anonymous: FlaskClient
) -> None:
    services.live.take(Settings(auth=AuthSettings(sign_up="on")))
    new = {"nickname": "Nia", "email": "nia@example.org", "password": COMMON}
    assert data_of(anonymous.post("/v1/user/register", json=new))["email"] == "nia@example.org"


def test_what_is_common() -> None:
    common = ["password", "P@$$w0rd1", "Winter2024!", "19870412", "aaaaaa", "abab", "98765432"]
    common += ["4dmin", "!!dragon!!", "lkjhgfdsa", "RAGLAN"]
    assert [each for each in common if not is_common(each)] == []
    rare = [
        PASSWORD,
        "dragon83719283719283",
        "x7k!pq9z",
        "198704121",
        "the winter of 2024",
        "日本語の鍵",
    ]
    assert [each for each in rare if is_common(each)] == []
