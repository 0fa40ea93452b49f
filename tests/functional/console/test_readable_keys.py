"""API keys that lists show whole, where the operator wants that."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import AuthSettings, Settings
from api.container import Services
from api.secrets import Cipher, SecretKey
from tests.functional.conftest import client_with
from tests.functional.console.test_dialogs import save
from tests.functional.library import API, data_of

LISTS = ("/v1/system/token_list", "/v1/api/token_list", f"{API}/system/tokens")


def readable(services: Services, *, on: bool) -> None:
    """Say whether keys are to be readable."""
    services.live.take(Settings(auth=AuthSettings(keys_readable=on)))


def made(client: FlaskClient) -> dict[str, Any]:
    key: dict[str, Any] = data_of(client.post("/v1/system/new_token"))
    return key


def tokens(client: FlaskClient, path: str = LISTS[0], **query: str) -> dict[str, str]:
    listed = data_of(client.get(path, query_string=query))
    return {key["id"]: key["token"] for key in listed}


def test_new_keys_are_shown_whole_while_the_setting_is_on(
    console: FlaskClient, services: Services
) -> None:
    before = made(console)
    readable(services, on=True)
    key = made(console)
    for path in LISTS:
        shown = tokens(console, path)
        assert shown[key["id"]] == key["token"]
        assert "..." in shown[before["id"]], "this one was never kept"
    readable(services, on=False)
    for path in LISTS:
        assert "..." in tokens(console, path)[key["id"]]


def test_they_are_kept_encrypted_and_only_as_long_as_they_are_good(
    console: FlaskClient, services: Services
) -> None:
    readable(services, on=True)
    key = made(console)

    def kept() -> list[str]:
        with services.reading():
            statement = "SELECT key_encrypted FROM api_key ORDER BY create_time, id"
            return [row[0] for row in services.database.execute_sql(statement).fetchall()]

    *_, encrypted = kept()
    assert encrypted
    assert key["token"] not in encrypted
    data_of(console.delete(f"/v1/system/token/{key['token']}"))
    assert not any(kept())


@pytest.mark.databases("sqlite")
def test_keys_of_another_secret_are_shown_by_their_hint(
    console: FlaskClient, services: Services, settings: Settings
) -> None:
    readable(services, on=True)
    key = made(console)
    secret = SecretKey("another secret of the server's", settings.data_path)
    services.accounts.keys.cipher = Cipher(secret)
    assert "..." in tokens(console)[key["id"]]


@pytest.mark.databases("sqlite")
def test_the_older_page_makes_lists_and_revokes_keys(
    app: Flask, console: FlaskClient, stranger: FlaskClient
) -> None:
    dialog = save(console)["id"]
    key = data_of(console.post("/v1/api/new_token", json={"dialog_id": dialog}))
    assert set(tokens(console, "/v1/api/token_list", dialog_id=dialog)) == {key["id"]}
    assert len(tokens(console, "/v1/api/token_list")) == 2
    holder = client_with(app, key["token"])
    assert data_of(holder.get(f"{API}/chats/{dialog}"))["id"] == dialog
    refused = stranger.post("/v1/api/new_token", json={"dialog_id": dialog}).get_json()
    assert (refused["code"], refused["message"]) == (102, "Dialog not found")
    agents = console.post("/v1/api/new_token", json={"canvas_id": "x"}).get_json()
    assert (agents["code"], "canvas_id" in agents["message"]) == (101, True)
    assert data_of(console.post("/v1/api/rm", json={"tokens": [key["token"], "gone"]})) is True
    assert holder.get(f"{API}/chats/{dialog}").status_code == 401
