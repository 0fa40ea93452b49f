"""Signing in at Open WebUI's door by a directory, a provider, and a proxy."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from api.config.sources import load_settings
from api.container import Services
from tests.functional.conftest import client_with
from tests.functional.identity.conftest import Browser
from tests.functional.identity.test_providers import change
from tests.functional.identity.test_proxy import EMAIL, PROXY, RULES
from tests.functional.test_fronting import with_settings
from tests.support.directory import PASSWORD, Directory, directory
from tests.support.providers import Provider

pytestmark = pytest.mark.databases("sqlite")

LOGIN = "/oauth/oidc/login"
CALLBACK = f"http://localhost{LOGIN}/callback"
AUTHS = "/api/v1/auths"


@pytest.fixture(autouse=True)
def there(provider: Provider) -> None:
    """Let the provider know the address to come back to."""
    provider.control(redirects=[CALLBACK])


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says."""
    part = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def returned(browser: Browser) -> str:
    """Sign in at the provider as the front end does; return where this server leads to."""
    answer = browser.client.get(LOGIN)
    assert answer.status_code == 303, answer.text
    query = browser.person.visit(answer.headers["Location"], CALLBACK)
    answer = browser.client.get(f"{LOGIN}/callback", query_string=query)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_provider_signs_in_and_is_told_of_the_end(browser: Browser, app: Flask) -> None:
    config = browser.client.get("/api/config").json
    assert config["oauth"]["providers"].keys() == {"oidc"}
    assert returned(browser) == "/auth"
    cookie = browser.client.get_cookie("token")
    assert cookie is not None
    assert not cookie.http_only
    assert claims_of(cookie.value)["auth_method"] == "oauth"
    page = client_with(app, cookie.value)
    who = page.get(f"{AUTHS}/")
    assert who.json["email"] == "anna@example.org"
    assert "HttpOnly" in who.headers["Set-Cookie"]
    ended = page.post(f"{AUTHS}/signout").json
    assert parse_qs(urlsplit(ended["redirect_url"]).query)["post_logout_redirect_uri"] == [
        "http://localhost/auth"
    ]
    assert page.get(f"{AUTHS}/").status_code == 401
    assert page.post(f"{AUTHS}/signout").json == {"status": True}


def test_the_front_end_is_told_why_nobody_is_signed_in(
    browser: Browser, provider: Provider, services: Services, app: Flask
) -> None:
    change(services, oidc={"sign_up": "off"})
    told = parse_qs(urlsplit(returned(browser)).query)["error"]
    assert told[0].startswith("You have no account here")
    assert browser.client.get_cookie("token") is None
    change(services, oidc={"sign_up": "approval"})
    assert returned(Browser(app.test_client())) == "/auth?pending=1"
    stale = browser.client.get("/oauth/oidc/callback?state=x&code=y").headers["Location"]
    assert "This+sign-in+is+over" in stale
    provider.control(people={})
    assert "error=" in returned(Browser(app.test_client()))
    assert browser.client.get("/oauth/google/login").status_code == 404


def test_without_a_directory_it_signs_nobody_in(anonymous: FlaskClient) -> None:
    assert anonymous.get("/api/config").json["features"]["enable_ldap"] is False
    answer = anonymous.post(f"{AUTHS}/ldap", json={"user": "anna", "password": PASSWORD})
    assert (answer.status_code, "ldap.url" in answer.json["detail"]) == (501, True)


@pytest.fixture(scope="module")
def slapd() -> Iterator[Directory]:
    """Run a directory."""
    with directory() as found:
        yield found


def test_the_directory_signs_in(
    anonymous: FlaskClient, services: Services, slapd: Directory, app: Flask, tmp_path: Path
) -> None:
    there = load_settings(slapd.settings(), conf_dir=tmp_path)
    current = services.live.current
    services.live.take(current.model_copy(update={"ldap": there.ldap, "identity": there.identity}))
    assert anonymous.get("/api/config").json["features"]["enable_ldap"] is True
    given = {"user": "anna", "password": PASSWORD}
    session = anonymous.post(f"{AUTHS}/ldap", json=given).json
    assert (session["email"], session["name"]) == ("anna@example.org", "Anna Alm")
    assert claims_of(session["token"])["auth_method"] == "ldap"
    assert client_with(app, session["token"]).get(f"{AUTHS}/").status_code == 200
    wrong = anonymous.post(f"{AUTHS}/ldap", json=given | {"password": "wrong"})
    assert wrong.status_code == 400
    lacking = anonymous.post(f"{AUTHS}/ldap", json={"password": ["secret"]})
    assert (lacking.status_code, "secret" in lacking.text) == (422, False)


def test_a_proxy_signs_in_whom_it_names(app: Flask, settings: Settings) -> None:
    with_settings(app, settings, "proxy", **RULES, sign_out_url="https://proxy.example.org/out")
    browser = app.test_client(use_cookies=False)
    browser.environ_base["REMOTE_ADDR"] = PROXY
    anna = {EMAIL: "anna@example.org"}
    assert browser.get("/api/config", headers=anna).json["features"]["auth_trusted_header"] is True
    assert browser.get("/api/config").json["features"]["auth_trusted_header"] is False
    session = browser.post(f"{AUTHS}/signin", json={}, headers=anna).json
    assert session["email"] == "anna@example.org"
    token = {"Authorization": f"Bearer {session['token']}"}
    assert browser.get(f"{AUTHS}/", headers=anna | token).status_code == 200
    other = browser.get(f"{AUTHS}/", headers={EMAIL: "bert@example.org"} | token)
    assert (other.status_code, "sign in" in other.json["detail"]) == (401, True)
    ended = browser.post(f"{AUTHS}/signout", headers=anna | token).json
    assert ended["redirect_url"] == "https://proxy.example.org/out"
    with_settings(app, settings, "proxy", **RULES | {"sign_up": "off"})
    refused = browser.post(f"{AUTHS}/signin", json={}, headers={EMAIL: "new@example.org"})
    assert refused.status_code == 403
