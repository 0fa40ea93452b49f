"""Signing in at a real provider: who gets in, as whom, and what is said to who does not."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows
from api.services.accounts.records import AccountRole
from api.services.accounts.values import NewAccount
from tests.functional.identity.conftest import REDIRECT, Browser, problem_of
from tests.support.providers import Person, Provider

ANNA = {"email": "anna@example.org", "email_verified": True, "name": "Anna Alm"}


def table(services: Services, statement: str) -> list[tuple[Any, ...]]:
    with connection(services.database):
        return rows(services.database, statement)


def role_of(services: Services, browser: Browser) -> AccountRole:
    found = browser.who()
    assert found is not None
    return services.people.people.found(found["id"]).role


def change(services: Services, **settings: dict[str, Any]) -> None:
    """Change settings while the server runs."""
    current = services.live.current
    changed = {
        name: getattr(current, name).model_copy(update=values) for name, values in settings.items()
    }
    services.live.take(current.model_copy(update=changed))


def test_signs_in_with_a_new_account_and_finds_it_again(
    browser: Browser, services: Services, app: Flask
) -> None:
    answer = browser.sign_in()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console")
    first = browser.who()
    assert first is not None
    assert (first["email"], first["nickname"]) == ("anna@example.org", "Anna Alm")
    assert not first["is_superuser"]
    again = Browser(app.test_client())
    again.sign_in()
    assert again.who() == {**first, "last_login_time": again.who()["last_login_time"]}  # type: ignore[index] # it is there
    assert table(services, "SELECT COUNT(*) FROM account") == [(1,)]


def test_shows_the_providers_on_both_pages(browser: Browser, services: Services) -> None:
    change(services, oidc={"title": "Our <company>"})
    page = browser.client.get("/console/signin?next=/console/chat").text
    assert 'href="/console/signin/oidc?next=%2Fconsole%2Fchat"' in page
    assert "Our &lt;company&gt;" in page
    channels = browser.client.get("/v1/user/login/channels").json["data"]
    assert channels == [{"channel": "oidc", "display_name": "Our <company>", "icon": "sso"}]


def test_leads_back_to_the_page_that_was_asked_for(browser: Browser) -> None:
    answer = browser.client.get("/console/signin/oidc?next=/console/tasks")
    query = browser.person.visit(answer.headers["Location"], f"{REDIRECT}/oidc")
    assert browser.come_back("oidc", query).headers["Location"] == "/console/tasks"
    elsewhere = browser.client.get("/console/signin/oidc?next=https://evil.example/")
    query = browser.person.visit(elsewhere.headers["Location"], f"{REDIRECT}/oidc")
    assert browser.come_back("oidc", query).headers["Location"] == "/console"


def test_ragflows_pages_get_the_session_in_the_address(browser: Browser) -> None:
    answer = browser.sign_in(start="/v1/user/login")
    place, _, token = answer.headers["Location"].partition("?auth=")
    assert place == "/"
    info = browser.client.get("/v1/user/info", headers={"Authorization": token}).json
    assert info["data"]["email"] == "anna@example.org"


def test_tells_ragflows_pages_what_is_the_matter(browser: Browser, provider: Provider) -> None:
    provider.control(people={})
    answer = browser.sign_in(start="/v1/user/login")
    assert answer.headers["Location"] == "/?error=refused"


def test_two_tabs_can_sign_in(browser: Browser) -> None:
    first, second = browser.depart(), browser.depart()
    for address in (first, second):
        query = browser.person.visit(address, f"{REDIRECT}/oidc")
        assert browser.come_back("oidc", query).headers["Location"] == "/console"


def test_a_callback_counts_once_and_in_its_own_browser_alone(browser: Browser, app: Flask) -> None:
    query = browser.person.visit(browser.depart(), f"{REDIRECT}/oidc")
    stranger = Browser(app.test_client())
    assert problem_of(stranger.come_back("oidc", query)) == "stale"
    assert browser.come_back("oidc", query).headers["Location"] == "/console"
    assert problem_of(browser.come_back("oidc", query)) == "stale"


def test_a_code_counts_once_at_the_provider(browser: Browser) -> None:
    query = browser.person.visit(browser.depart(), f"{REDIRECT}/oidc")
    begun = browser.client.get_cookie("raglan_signing_in")
    assert begun is not None
    browser.come_back("oidc", query)
    browser.client.delete_cookie("raglan_session")
    browser.client.set_cookie("raglan_signing_in", begun.value)
    assert problem_of(browser.come_back("oidc", query)) == "refused"


def test_refuses_another_state_nonce_and_issuer(browser: Browser, provider: Provider) -> None:
    query = browser.person.visit(browser.depart(), f"{REDIRECT}/oidc")
    assert problem_of(browser.come_back("oidc", {**query, "state": "made-up"})) == "stale"
    query = browser.person.visit(browser.depart(), f"{REDIRECT}/oidc")
    other = {**query, "iss": "https://evil.example"}
    assert problem_of(browser.come_back("oidc", other)) == "invalid"
    provider.control(wrongNonce=True)
    assert problem_of(browser.sign_in()) == "invalid"


def test_a_form_says_what_is_the_matter(browser: Browser) -> None:
    page = browser.client.get("/console/signin?problem=clock").text
    assert "differ by minutes" in page
    assert browser.client.get("/console/signin?problem=<b>").status_code == 200


def test_there_is_no_provider_of_another_name(browser: Browser) -> None:
    for address in ("/console/signin/google", "/v1/user/login/google"):
        answer = browser.client.get(address)
        assert "google" in answer.json["message"]
    assert browser.client.get("/console/signin/google").status_code == 404


# Whose account somebody gets.


def test_an_address_with_an_account_opens_it_only_where_that_is_allowed(
    browser: Browser, services: Services
) -> None:
    owner = services.accounts.accounts.create_user(NewAccount("Anna@example.org", "a password"))
    assert problem_of(browser.sign_in()) == "taken"
    change(services, oidc={"link_by_email": True})
    browser.sign_in()
    found = browser.who()
    assert found is not None
    assert found["id"] == owner.id
    change(services, oidc={"link_by_email": False})  # once linked it stays
    assert browser.sign_in().headers["Location"] == "/console"


def test_an_unverified_address_opens_and_makes_nothing(
    browser: Browser, services: Services, provider: Provider
) -> None:
    change(services, oidc={"link_by_email": True})
    services.accounts.accounts.create_user(NewAccount("anna@example.org", "a password"))
    provider.control(people={"anna": {**ANNA, "email_verified": False}})
    assert problem_of(browser.sign_in()) == "unverified"
    provider.control(people={"anna": {"name": "Anna"}})
    assert problem_of(browser.sign_in()) == "unverified"
    provider.control(people={"anna": {"email": "anna@example.org"}})
    change(services, oidc={"trust_email": True})
    assert browser.sign_in().headers["Location"] == "/console"


@pytest.mark.databases("sqlite")
def test_of_two_providers_that_claim_an_address_the_second_gets_nothing(
    browser: Browser, services: Services, both: list[Provider], app: Flask
) -> None:
    change(
        services,
        google={"issuer": both[1].issuer, "client_id": "raglan", "sign_up": "on"},
    )
    secret = services.live.current.oidc.client_secret
    change(services, google={"client_secret": secret})
    browser.sign_in("oidc")
    other = Browser(app.test_client())
    assert problem_of(other.sign_in("google")) == "taken"
    change(services, google={"link_by_email": True})
    other.sign_in("google")
    assert other.who() is not None
    assert other.who()["id"] == browser.who()["id"]  # type: ignore[index] # both are there


def test_the_account_stays_when_the_address_changes_there(
    browser: Browser, provider: Provider, app: Flask
) -> None:
    browser.sign_in()
    provider.control(people={"anna": {**ANNA, "email": "anna.berg@example.org"}})
    again = Browser(app.test_client())
    again.sign_in()
    assert again.who()["id"] == browser.who()["id"]  # type: ignore[index] # both are there


# Who may come in, and as what.


@pytest.mark.parametrize(
    ("rule", "mode", "outcome"),
    [
        ("off", "on", "closed"),
        ("approval", "off", "pending"),
        ("auto", "off", "closed"),
        ("auto", "approval", "pending"),
        ("auto", "invitation", "closed"),
        ("on", "off", ""),
        ("auto", "on", ""),
    ],
)
@pytest.mark.databases("sqlite")
def test_newcomers_come_in_by_the_rules(
    browser: Browser, services: Services, rule: str, mode: str, outcome: str
) -> None:
    services.accounts.accounts.create_user(NewAccount("first@example.org", "a password"))
    change(services, oidc={"sign_up": rule}, auth={"sign_up": mode})
    answer = browser.sign_in()
    if outcome:
        assert problem_of(answer) == outcome
    else:
        assert answer.headers["Location"] == "/console"
    assert (browser.who() is None) == bool(outcome)
    accounts = table(services, "SELECT COUNT(*) FROM account")
    assert accounts == [(1 if outcome == "closed" else 2,)]


def test_who_waits_gets_in_once_approved_and_not_when_deactivated(
    browser: Browser, services: Services
) -> None:
    change(services, oidc={"sign_up": "approval"})
    assert problem_of(browser.sign_in()) == "pending"
    user_id = services.accounts.accounts.user_id_of("anna@example.org")
    services.people.people.set_active(user_id, active=True)
    assert browser.sign_in().headers["Location"] == "/console"
    services.people.people.set_active(user_id, active=False)
    assert browser.who() is None
    browser.client.delete_cookie("raglan_session")
    assert problem_of(browser.sign_in()) == "deactivated"


def test_an_invitation_of_the_address_lets_in_once(browser: Browser, services: Services) -> None:
    change(services, auth={"sign_up": "invitation"}, oidc={"sign_up": "auto"})
    admin = services.accounts.accounts.create_user(
        NewAccount("first@example.org", "a password"), AccountRole.ADMINISTRATOR
    )
    asker = admin.principal
    services.people.sign_up.invite(asker, "anna@example.org", AccountRole.ADMINISTRATOR, 7)
    browser.sign_in()
    assert role_of(services, browser) is AccountRole.ADMINISTRATOR
    assert services.people.sign_up.list_invitations(asker) == []


@pytest.mark.databases("sqlite")
def test_roles_of_the_provider_decide_who_administers_and_who_comes_in(
    browser: Browser, services: Services, provider: Provider
) -> None:
    services.accounts.accounts.create_user(
        NewAccount("first@example.org", "a password"), AccountRole.ADMINISTRATOR
    )
    change(services, oidc={"administrators": "Raglan Admins, root", "users": "staff"})
    assert problem_of(browser.sign_in()) == "unwelcome"
    provider.control(people={"anna": {**ANNA, "groups": ["staff"]}})
    browser.sign_in()
    assert role_of(services, browser) is AccountRole.USER
    provider.control(people={"anna": {**ANNA, "roles": ["Raglan Admins"]}})
    browser.sign_in()
    assert role_of(services, browser) is AccountRole.ADMINISTRATOR
    provider.control(people={"anna": {**ANNA, "roles": ["staff"]}})
    browser.sign_in()
    assert role_of(services, browser) is AccountRole.USER


@pytest.mark.databases("sqlite")
def test_the_last_administrator_stays_one_whatever_the_provider_says(
    browser: Browser, services: Services, provider: Provider
) -> None:
    change(services, oidc={"administrators": "root"})
    provider.control(people={"anna": {**ANNA, "roles": ["root"]}})
    browser.sign_in()
    provider.control(people={"anna": ANNA})
    assert browser.sign_in().headers["Location"] == "/console"
    assert role_of(services, browser) is AccountRole.ADMINISTRATOR


@pytest.mark.databases("sqlite")
def test_groups_of_the_provider_are_those_here(
    browser: Browser, services: Services, provider: Provider
) -> None:
    def held() -> list[str]:
        found = browser.who()
        assert found is not None
        return [group.name for group in services.groups.groups.groups_of(found["id"])]

    change(services, oidc={"groups": "all"})
    provider.control(people={"anna": {**ANNA, "groups": ["Keepers", "Night shift"]}})
    browser.sign_in()
    assert held() == ["Keepers", "Night shift"]
    change(services, oidc={"groups": "known"})
    provider.control(people={"anna": {**ANNA, "groups": ["keepers", "Day shift"]}})
    browser.sign_in()
    assert held() == ["Keepers"]
    change(services, oidc={"groups": "off"})
    provider.control(people={"anna": ANNA})
    browser.sign_in()
    assert held() == ["Keepers"]


@pytest.mark.databases("sqlite")
def test_only_domains_that_are_listed_come_in(browser: Browser, services: Services) -> None:
    change(services, oidc={"domains": "example.com, EXAMPLE.net"})
    assert problem_of(browser.sign_in()) == "unwelcome"
    change(services, oidc={"domains": "Example.org"})
    assert browser.sign_in().headers["Location"] == "/console"


@pytest.mark.databases("sqlite")
def test_who_has_no_password_signs_in_with_none(browser: Browser, anonymous: FlaskClient) -> None:
    browser.sign_in()
    for password in ("x", "nobody"):
        sent = {"email": "anna@example.org", "password": password}
        assert anonymous.post("/v1/user/login", json=sent).json["code"] == 109


@pytest.mark.databases("sqlite")
def test_github_by_its_api(browser: Browser, services: Services, both: list[Provider]) -> None:
    secret = services.live.current.oidc.client_secret
    given = {"address": both[1].issuer, "client_id": "raglan", "client_secret": secret}
    both[1].control(people={"anna": {**ANNA, "groups": ["raglan-team"]}})
    change(services, github={**given, "sign_up": "on", "users": "raglan-team"})
    assert problem_of(browser.sign_in("github")) == "unwelcome"
    change(services, github={"scopes": "read:user user:email read:org"})
    browser.sign_in("github")
    found = browser.who()
    assert found is not None
    assert (found["email"], found["nickname"]) == ("anna@example.org", "Anna Alm")
    changed = {**ANNA, "email_verified": False, "groups": ["raglan-team"]}
    both[1].control(people={"anna": changed})
    other = Browser(browser.client.application.test_client(), Person())
    assert other.sign_in("github").headers["Location"] == "/console"  # the account is known


@pytest.mark.databases("sqlite")
def test_microsoft_verifies_no_address_unless_it_is_told_to_be_trusted(
    browser: Browser, services: Services, both: list[Provider]
) -> None:
    """What Entra ID says of people has no `email_verified`."""
    said = {"email": "anna@example.org", "preferred_username": "anna.alm", "roles": ["Staff"]}
    both[1].control(people={"anna": said})
    secret = services.live.current.oidc.client_secret
    given = {"issuer": both[1].issuer, "client_id": "raglan", "client_secret": secret}
    change(services, microsoft={**given, "sign_up": "on", "users": "Staff"})
    assert problem_of(browser.sign_in("microsoft")) == "unverified"
    change(services, microsoft={"trust_email": True})
    browser.sign_in("microsoft")
    found = browser.who()
    assert found is not None
    assert (found["email"], found["nickname"]) == ("anna@example.org", "anna.alm")
