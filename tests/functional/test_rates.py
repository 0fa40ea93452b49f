"""Limits of rates: who is held to them, what they are told, and who never is."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import Settings
from tests.functional.conftest import Member, client_with
from tests.functional.test_fronting import with_settings

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"


def test_by_default_nobody_is_counted(client: FlaskClient) -> None:
    assert "RateLimit" not in client.get(PATH).headers


def test_an_address_is_told_what_is_left_and_when_to_ask_again(
    app: Flask, client: FlaskClient, anonymous: FlaskClient, settings: Settings
) -> None:
    with_settings(app, settings, "rate_limits", address="3/hour")
    assert client.get(PATH).headers["RateLimit"].startswith('"address";r=2;t=')
    assert client.get(PATH).headers["RateLimit-Policy"] == '"address";q=3;w=3600'
    assert anonymous.get(PATH).status_code == 401  # which counts, too
    refused = client.get(PATH)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert refused.headers["RateLimit"].startswith('"address";r=0;t=')
    assert "3 in 3600 s are taken from one address" in refused.get_json()["message"]
    other = client.get(PATH, headers={"X-Forwarded-For": "192.0.2.1"})
    assert other.status_code == 200


def test_probes_are_never_held_up(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with_settings(app, settings, "rate_limits", address="1/hour")
    client.get(PATH)
    for probe in ("/health", "/ready", "/metrics"):
        assert client.get(probe).status_code != 429, probe


def test_keys_of_an_account_have_rates_of_their_own_and_one_together(
    app: Flask, client: FlaskClient, member: Member, settings: Settings
) -> None:
    with_settings(app, settings, "rate_limits", key="2/hour", account="4/hour, 100/day")
    made = client.post("/api/v1/system/tokens", json={"name": "other"})
    other = client_with(app, made.get_json()["data"]["token"])
    assert client.get(PATH).headers["RateLimit"].count('"key";r=0') == 1
    assert client.get(PATH).status_code == 429
    assert other.get(PATH).status_code == 200
    assert other.get(PATH).status_code == 429
    del member


def test_some_addresses_are_exempt(app: Flask, client: FlaskClient, settings: Settings) -> None:
    with_settings(app, settings, "rate_limits", address="1/hour", key="1/hour", exempt="10.0.0.0/8")
    near = {"headers": {"X-Forwarded-For": "10.1.2.3"}}
    assert [client.get(PATH, **near).status_code for _ in range(3)] == [200, 200, 200]


def test_a_request_that_is_sent_again_counts_once(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    with_settings(app, settings, "rate_limits", key="3/hour")
    headers = {"Idempotency-Key": "one"}
    made = client.post(PATH, json={"name": "one"}, headers=headers)
    assert '"key";r=2' in made.headers["RateLimit"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (PATH, ("code", 100)),
        ("/v1/kb/list", ("code", 100)),
        ("/v1/models", ("error", None)),
        ("/v1/messages", ("error", None)),
        ("/api/tags", ("error", None)),
        ("/mcp", ("error", None)),
        ("/console/datasets", (None, None)),
    ],
)
def test_each_door_says_it_in_its_form(
    app: Flask, client: FlaskClient, settings: Settings, path: str, told: tuple[str, object]
) -> None:
    with_settings(app, settings, "rate_limits", address="1/hour")
    client.get(PATH)
    refused = client.get(path, headers={"Accept": "text/html"})
    field, value = told
    assert refused.status_code == 429
    assert "Retry-After" in refused.headers
    if field:
        body = refused.get_json()
        assert field in body
        assert value is None or body[field] == value
