"""Signing in whom a proxy names in headers: what it says counts, and what others say does not."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services
from api.errors import StartError
from api.http.fronting import Front
from api.http.vouching import SENT, VOUCHED
from api.services.accounts.records import AccountRole
from tests.functional.conftest import Member, credentials_of
from tests.functional.test_fronting import with_settings

pytestmark = pytest.mark.databases("sqlite")

PROXY = "192.0.2.1"
EMAIL, NAME, GROUPS = "X-Forwarded-Email", "X-Forwarded-User", "X-Forwarded-Groups"
RULES = {
    "addresses": f"{PROXY}, 198.51.100.0/24",
    "email_header": EMAIL,
    "name_header": NAME,
    "groups_header": GROUPS,
    "sign_up": "on",
    "administrators": "chiefs",
    "groups": "all",
}


@pytest.fixture
def behind(app: Flask, settings: Settings) -> Iterator[FlaskClient]:
    """Return a browser behind a proxy that names people."""
    with_settings(app, settings, "proxy", **RULES)
    browser = app.test_client()
    browser.environ_base["REMOTE_ADDR"] = PROXY
    yield browser
    with_settings(app, settings, "proxy")


def visit(browser: FlaskClient, email: str, **more: str) -> TestResponse:
    """Ask for the console as a person whom the proxy names, and go where that leads."""
    headers = {"Accept": "text/html", EMAIL: email}
    for name, value in more.items():
        headers[{"name": NAME, "groups": GROUPS}[name]] = value
    answer = browser.get("/console", headers=headers)
    for _ in range(4):
        if answer.status_code != 303:
            break
        answer = browser.get(answer.headers["Location"], headers=headers)
    return answer


def emails(services: Services) -> list[str]:
    return [account.email for account in services.accounts.accounts.list_users()]


def test_whom_the_proxy_names_is_in_with_name_role_and_groups(
    behind: FlaskClient, services: Services
) -> None:
    named = {"name": "Anna Åström".encode().decode("latin-1"), "groups": "chiefs, day shift"}
    page = visit(behind, "Anna@example.org", **named)
    assert page.status_code == 200
    assert "anna@example.org" in page.text
    found = services.people.people.found(services.accounts.accounts.user_id_of("anna@example.org"))
    assert (found.nickname, found.role) == ("Anna Åström", AccountRole.ADMINISTRATOR)
    [session] = services.accounts.sessions.list_sessions(found.id)
    assert session.address == PROXY
    visit(behind, "anna@example.org", **named)
    assert len(services.accounts.sessions.list_sessions(found.id)) == 1
    groups = {group.name for group in services.groups.groups.groups_of(found.id)}
    assert groups == {"chiefs", "day shift"}


def test_the_header_of_another_address_says_nothing(
    behind: FlaskClient, services: Services
) -> None:
    forged = {"X-Forwarded-For": PROXY, EMAIL: "eve@example.org", "Accept": "text/html"}
    for address in ("203.0.113.9", "127.0.0.1", "::1", ""):
        behind.environ_base["REMOTE_ADDR"] = address
        assert "eve@" not in visit(behind, "eve@example.org").text
        answer = behind.get("/console/signin/proxy", headers=forged)
        assert answer.headers["Location"] == f"/console/signin?next={quote('/console', safe='')}"
    behind.environ_base["REMOTE_ADDR"] = PROXY
    assert behind.get("/api/v1/datasets", headers={EMAIL: "eve@example.org"}).status_code == 401
    assert emails(services) == []


def test_a_header_that_was_sent_twice_names_nobody(
    behind: FlaskClient, services: Services, settings: Settings
) -> None:
    assert "notice bad" in visit(behind, "eve@example.org,anna@example.org").text
    assert emails(services) == []
    front = Front.of(settings.model_copy(update={"proxy": settings.proxy.model_copy(update=RULES)}))
    for twice in ("", EMAIL, GROUPS):
        environ = {"PATH_INFO": "/console", "REMOTE_ADDR": PROXY}
        environ |= {"HTTP_X_FORWARDED_EMAIL": "anna@example.org"}
        sent = [(name.upper(), "x") for name in (EMAIL, NAME, GROUPS, twice) if name]
        front.look({**environ, SENT: sent})
        seen = {**environ, SENT: sent}
        front.look(seen)
        assert (VOUCHED in seen) is not bool(twice)
        assert "HTTP_X_FORWARDED_EMAIL" not in seen


def test_the_rules_of_sign_up_hold(
    app: Flask, settings: Settings, behind: FlaskClient, services: Services, member: Member
) -> None:
    assert "notice bad" in visit(behind, member.account.email).text  # without link_by_email
    for changed, email in (
        ({"sign_up": "off"}, "new@example.org"),
        ({"domains": "example.com"}, "new@example.org"),
        ({"users": "staff"}, "new@example.org"),
        ({}, "no address"),
    ):
        with_settings(app, settings, "proxy", **RULES | changed)
        assert "notice bad" in visit(behind, email, groups="others").text
    assert emails(services) == [member.account.email]
    with_settings(app, settings, "proxy", **RULES, link_by_email=True)
    assert member.account.email in visit(behind, member.account.email).text
    with_settings(app, settings, "proxy", **RULES | {"sign_up": "approval"})
    assert "notice bad" in visit(behind, "waits@example.org").text
    services.people.people.set_active(member.account.id, active=False)
    assert "notice bad" in visit(behind, member.account.email).text


def test_a_session_of_somebody_else_ends_when_the_proxy_names_another_person(
    behind: FlaskClient, services: Services, member: Member
) -> None:
    first = visit(behind, "anna@example.org")
    assert "anna@example.org" in first.text
    as_other = {EMAIL: "bert@example.org", "X-Raglan-Console": "1"}
    assert behind.get("/api/v1/users/me/sessions", headers=as_other).status_code == 401
    assert "bert@example.org" in visit(behind, "bert@example.org").text
    by_password = services.sign_in.passwords.sign_in(credentials_of(member)).token
    behind.set_cookie("raglan_session", by_password)
    assert behind.get("/api/v1/users/me/sessions", headers=as_other).status_code == 401
    assert behind.get("/api/v1/users/me/sessions").status_code == 200  # nobody is named


def test_who_signs_out_is_led_to_where_they_sign_out_of_the_proxy(
    app: Flask, settings: Settings, behind: FlaskClient
) -> None:
    with_settings(app, settings, "proxy", **RULES, sign_out_url="https://sso.example.org/out")
    visit(behind, "anna@example.org")
    answer = behind.post("/console/signout", headers={EMAIL: "anna@example.org"})
    assert answer.headers["Location"] == "https://sso.example.org/out"


@pytest.mark.parametrize(
    "changed",
    [{"addresses": ""}, {"addresses": "0.0.0.0/0"}, {"addresses": "::/0"}, {"email_header": "a b"}],
)
def test_settings_by_which_anybody_could_come_in_are_refused(
    settings: Settings, changed: dict[str, str]
) -> None:
    environment = {
        f"RAGLAN_PROXY__{name.upper()}": value for name, value in {**RULES, **changed}.items()
    }
    with pytest.raises(StartError, match=r"proxy\."):
        load_settings(environment, settings.data_path)
