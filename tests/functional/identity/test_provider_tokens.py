"""Programs that get to /mcp by access tokens of a real provider."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.container import Services
from api.services.accounts.records import AccountRole
from tests.functional.identity.conftest import REDIRECT, Browser
from tests.support.providers import CLIENT, SECRET, Person, Provider

PUBLIC = "http://localhost"
RESOURCE = f"{PUBLIC}/mcp"
METADATA = "/.well-known/oauth-protected-resource"
PING = {"jsonrpc": "2.0", "id": 0, "method": "ping"}

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def extra() -> dict[str, str]:
    return {"RAGLAN_SERVER__PUBLIC_URL": PUBLIC, "RAGLAN_IDENTITY__MCP_TOKENS_OF": "oidc"}


def tokens_for(provider: Provider, person: Person, resource: str = RESOURCE) -> dict[str, Any]:
    """Return what a program gets that sends a person to a provider."""
    verifier, redirect = secrets.token_urlsafe(32), f"{REDIRECT}/oidc"
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    asked = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": redirect,
        "scope": "openid",
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        **({"resource": resource} if resource else {}),
    }
    back = person.visit(f"{provider.issuer}/login/oauth/authorize?{urlencode(asked)}", redirect)
    given = {
        "grant_type": "authorization_code",
        "code": back["code"],
        "redirect_uri": redirect,
        "code_verifier": verifier,
        **({"resource": resource} if resource else {}),
    }
    answer = requests.post(
        f"{provider.issuer}/login/oauth/access_token",
        given,
        auth=(CLIENT, SECRET),
        timeout=10,
    )
    found: dict[str, Any] = answer.json()
    assert answer.ok, found
    return found


def ping(client: FlaskClient, token: str, path: str = "/mcp") -> TestResponse:
    """Ask with a token."""
    return client.post(path, json=PING, headers={"Authorization": f"Bearer {token}"})


def test_a_program_is_led_to_the_provider_and_comes_back_with_its_token(
    anonymous: FlaskClient, browser: Browser, provider: Provider
) -> None:
    refused = anonymous.post("/mcp", json=PING)
    place = f'resource_metadata="{PUBLIC}{METADATA}/mcp"'
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, f"Bearer {place}")
    for path in (METADATA, f"{METADATA}/mcp"):
        told = anonymous.get(path)
        assert told.json["resource"] == RESOURCE
        assert told.json["authorization_servers"] == [provider.issuer]
    token = tokens_for(provider, browser.person)["access_token"]
    unknown = ping(anonymous, token)
    assert unknown.status_code == 403
    assert f"sign in at {PUBLIC}" in unknown.json["error"]["message"]
    browser.sign_in()
    assert ping(anonymous, token).json["result"] == {}
    assert ping(anonymous, token, "/api/v1/datasets").status_code == 401  # it opens /mcp alone


def test_tokens_for_others_or_of_others_open_nothing(
    anonymous: FlaskClient, browser: Browser, both: list[Provider]
) -> None:
    provider, other = both[:2]
    browser.sign_in()
    good = tokens_for(provider, browser.person)
    elsewhere = tokens_for(provider, browser.person, "https://evil.example/mcp")["access_token"]
    foreign = tokens_for(other, Person())["access_token"]
    head, body, signature = good["access_token"].split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"at+jwt"}').rstrip(b"=").decode()
    bad = {
        "for another server": elsewhere,
        "of another provider": foreign,
        "an ID token": good["id_token"],
        "signed by nobody": f"{unsigned}.{body}.",
        "changed": f"{head}.{body}.{signature[::-1]}",
        "no token": "eyJ.eyJ.x",
    }
    for what, token in bad.items():
        answer = anonymous.post(
            "/mcp", json=PING, headers={"Authorization": f"Bearer {token}", "Host": "evil.example"}
        )
        assert answer.status_code in {401, 403}, what
        assert ping(anonymous, token).status_code == 401, what
    provider.control(clock=-3600)
    late = tokens_for(provider, browser.person)["access_token"]
    assert ping(anonymous, late).status_code == 401
    provider.control(clock=0, newKey=True)
    rotated = tokens_for(provider, Person())["access_token"]
    assert ping(anonymous, rotated).status_code == 200
    assert ping(anonymous, good["access_token"]).status_code == 401


def test_who_is_shut_out_here_stays_out_with_a_token(
    anonymous: FlaskClient, browser: Browser, provider: Provider, services: Services
) -> None:
    browser.sign_in()
    token = tokens_for(provider, browser.person)["access_token"]
    account = browser.who()
    assert account is not None
    services.people.people.set_role(account["id"], AccountRole.PENDING)
    assert ping(anonymous, token).status_code == 403


class TestWithoutAnAddressOfThisServer:
    """A token for another server could be shown to one that goes by what a request calls it."""

    @pytest.fixture
    def extra(self) -> dict[str, str]:
        return {"RAGLAN_IDENTITY__MCP_TOKENS_OF": "oidc"}

    def test_no_token_is_taken(
        self, anonymous: FlaskClient, browser: Browser, provider: Provider
    ) -> None:
        browser.sign_in()
        token = tokens_for(provider, browser.person)["access_token"]
        refused = ping(anonymous, token)
        assert (refused.status_code, refused.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
        assert anonymous.get(METADATA).status_code == 404
