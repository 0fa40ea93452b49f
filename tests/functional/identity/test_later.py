"""What a provider says of people later on: that they have signed out, and who they are by now."""

import time

import pytest
from flask import Flask

from api.container import Services
from api.db.connection import connection
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from tests.functional.identity.conftest import Browser
from tests.functional.identity.test_providers import ANNA, change, role_of, table
from tests.support.providers import CLIENT, SECRET, Provider

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


def make_due(services: Services) -> None:
    with connection(services.database):
        services.database.execute_sql("UPDATE federated_session SET renew_time = 1")


def test_only_the_word_of_the_provider_ends_a_session(browser: Browser) -> None:
    browser.sign_in()
    logout = {"logout_token": "made.up.token"}
    refused = browser.client.post("/oauth/oidc/logout", data=logout)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_request")
    assert browser.client.post("/oauth/google/logout", data=logout).status_code == 404
    assert browser.client.post("/oauth/oidc/logout").status_code == 400
    assert browser.who() is not None


def told(browser: Browser, token: str) -> int:
    """Tell the server of a sign-out; return the status of its answer."""
    answer = browser.client.post("/oauth/oidc/logout", data={"logout_token": token})
    assert answer.status_code == 400 or answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


@pytest.mark.databases("sqlite")
def test_a_logout_token_is_of_the_provider_for_this_client_and_of_now(
    browser: Browser, both: list[Provider], app: Flask
) -> None:
    provider, now = both[0], int(time.time())
    whole = {"iss": provider.issuer, "aud": CLIENT, "iat": now, "exp": now + 120, "jti": "1"}
    whole |= {"sub": "anna", "events": {LOGOUT: {}}}
    browsers = [browser, Browser(app.test_client())]
    for one in browsers:
        one.sign_in()
    wrong: dict[str, dict[str, object]] = {
        "of another issuer": {"iss": both[1].issuer},
        "for another client": {"aud": "another"},
        "an ID token": {"events": None},
        "with a nonce": {"nonce": "1"},
        "about nobody": {"sub": None},
        "of something else": {"events": {"https://example.org/event": {}}},
        "without a time": {"iat": None},
        "of long ago": {"iat": now - 3600},
        "of later": {"iat": now + 3600},
        "over": {"exp": now - 3600},
    }
    for what, changes in wrong.items():
        given = {name: value for name, value in (whole | changes).items() if value is not None}
        assert told(browser, provider.signed(given)) == 400, what
    assert told(browser, both[1].signed(whole)) == 400, "by the key of another provider"
    assert told(browser, provider.signed({**whole, "sub": "berta"})) == 200
    assert all(one.who() for one in browsers)
    assert told(browser, provider.signed(whole)) == 200
    assert not any(one.who() for one in browsers)


@pytest.mark.databases("sqlite")
def test_keeps_refresh_tokens_encrypted(browser: Browser, services: Services) -> None:
    browser.sign_in()
    ((kept,),) = table(services, "SELECT refresh_encrypted FROM federated_session")
    assert kept.startswith("gAAAA")
    stored = repr(services.live.current.oidc)
    assert SECRET not in stored


def test_what_a_provider_gave_goes_with_the_account(browser: Browser, services: Services) -> None:
    services.accounts.accounts.create_user(
        NewAccount("first@example.org", "a password"), AccountRole.ADMINISTRATOR
    )
    browser.sign_in()
    services.people.people.erase(services.people.people.named("anna@example.org").id)
    assert table(services, "SELECT COUNT(*) FROM federated_session") == [(0,)]
    assert table(services, "SELECT COUNT(*) FROM account_identity") == [(0,)]


def test_asks_again_about_people_and_signs_out_who_has_gone(
    browser: Browser, services: Services, provider: Provider
) -> None:
    change(services, oidc={"administrators": "root"})
    services.accounts.accounts.create_user(
        NewAccount("first@example.org", "a password"), AccountRole.ADMINISTRATOR
    )
    browser.sign_in()
    grants = services.identity.grants
    assert grants.renew() == 0
    for _ in range(2):  # each refresh token counts once
        make_due(services)
        assert grants.renew() == 1
    assert browser.who() is not None
    provider.control(people={"anna": {**ANNA, "roles": ["root"]}})
    make_due(services)
    grants.renew()
    assert role_of(services, browser) is AccountRole.ADMINISTRATOR
    provider.control(people={})
    make_due(services)
    grants.renew()
    assert browser.who() is None
    assert table(services, "SELECT COUNT(*) FROM federated_session") == [(0,)]
