"""Browsers of other origins read answers where the settings name them, and nowhere else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.http.application import follow

pytestmark = pytest.mark.databases("sqlite")

PATH = "/api/v1/datasets"
OURS = "https://app.example.org"


def listed(app: Flask, settings: Settings, origins: str) -> None:
    """Apply settings with these origins to the application."""
    server = settings.server.model_copy(update={"cors_origins": origins})
    follow(app, settings.model_copy(update={"server": server}))


def asked_first(client: FlaskClient, origin: str, path: str = PATH) -> TestResponse:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-stainless-os",
    }
    return client.options(path, headers=headers)


def cors(answer: TestResponse) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("Access-Control-")}


def test_nobody_is_allowed_by_default(client: FlaskClient) -> None:
    assert cors(client.get(PATH, headers={"Origin": OURS})) == {}
    assert cors(asked_first(client, OURS)) == {}


def test_a_browser_may_ask_and_read(app: Flask, client: FlaskClient, settings: Settings) -> None:
    listed(app, settings, f"http://localhost:3000, {OURS}/")
    told = asked_first(client, OURS)
    assert told.status_code == 200
    assert told.headers["Access-Control-Allow-Origin"] == OURS
    methods = told.headers["Access-Control-Allow-Methods"].split(", ")
    assert {"GET", "POST", "DELETE"} <= set(methods)
    assert "authorization" in told.headers["Access-Control-Allow-Headers"]
    answer = client.get(PATH, headers={"Origin": OURS})
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    exposed = answer.headers["Access-Control-Expose-Headers"]
    assert "X-Request-Id, X-Should-Retry" in exposed
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_an_error_can_be_read_too(app: Flask, anonymous: FlaskClient, settings: Settings) -> None:
    listed(app, settings, OURS)
    for path, status in ((PATH, 401), ("/api/v1/nothing", 404)):
        answer = anonymous.get(path, headers={"Origin": OURS})
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == OURS


@pytest.mark.parametrize("origin", ["https://example.org", f"{OURS}.evil.example", "null", ""])
def test_another_origin_is_not_allowed(
    app: Flask, client: FlaskClient, settings: Settings, origin: str
) -> None:
    listed(app, settings, OURS)
    assert cors(client.get(PATH, headers={"Origin": origin})) == {}
    assert cors(asked_first(client, origin)) == {}


def test_all_origins_are_allowed_by_a_star(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    listed(app, settings, "*")
    answer = client.get(PATH, headers={"Origin": OURS})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert cors(client.get(PATH)) == {}
