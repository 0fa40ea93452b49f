"""The settings with their sources, as those see them who operate the server."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.config.settings import declared
from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from api.services.configuration.settings import SettingsService
from tests.functional.conftest import Member, client_with
from tests.functional.library import API, data_of, refused

pytestmark = pytest.mark.databases("sqlite")

SETTINGS = f"{API}/system/settings"
SECRET = "a secret that nobody sees"


@pytest.fixture
def operator(app: Flask, services: Services, member: Member) -> FlaskClient:
    """Return a client of `member`, who operates the server."""
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()
    return client_with(app, member.api_key)


def read_from(services: Services, folder: Path, **environment: str) -> None:
    """Let the settings be read from the files of a folder, and from variables."""
    shown = services.configuration.settings
    assert isinstance(shown, SettingsService)
    shown.files = lambda: [folder / "service_conf.yaml", folder / "local.service_conf.yaml"]
    shown.environment = lambda: environment


def told(operator: FlaskClient) -> dict[str, dict[str, Any]]:
    """Return the settings by name."""
    return {row["name"]: row for row in data_of(operator.get(SETTINGS))["settings"]}


def test_every_setting_is_told_with_its_source(
    operator: FlaskClient, services: Services, tmp_path: Path
) -> None:
    (tmp_path / "service_conf.yaml").write_text("server:\n  port: 9380\n  workers: 2\n")
    local = tmp_path / "local.service_conf.yaml"
    local.write_text(f"models:\n  chat_api_key: '{SECRET}'\nserver:\n  max_streams: 7\n")
    read_from(services, tmp_path, RAGLAN_SERVER__WORKERS="3")
    found = told(operator)
    assert len(found) == len(list(declared()))
    assert (found["server.port"]["source"], found["server.port"]["live"]) == ("default", False)
    workers = found["server.workers"]
    assert (workers["source"], workers["waits"]) == ("environment", True)
    assert workers["set_in"] == ["service_conf.yaml", "environment"]
    assert workers["variable"] == "RAGLAN_SERVER__WORKERS"
    streams = found["server.max_streams"]
    assert (streams["source"], streams["live"]) == ("local.service_conf.yaml", True)
    assert streams["default"] == 3000


def test_secrets_are_masked(operator: FlaskClient, services: Services, tmp_path: Path) -> None:
    local = tmp_path / "local.service_conf.yaml"
    local.write_text(f"models:\n  chat_api_key: '{SECRET}'\n")
    read_from(services, tmp_path)
    services.live.take(services.configuration.settings.load().settings)
    answer = operator.get(SETTINGS)
    assert SECRET not in answer.text
    key = told(operator)["models.chat_api_key"]
    assert (key["value"], key["secret"], key["waits"]) == ("********", True, False)
    assert told(operator)["models.rerank_api_key"]["value"] == ""


def test_files_that_are_wrong_are_told(
    operator: FlaskClient, services: Services, tmp_path: Path
) -> None:
    read_from(services, tmp_path)
    assert data_of(operator.get(SETTINGS))["problem"] is None
    (tmp_path / "local.service_conf.yaml").write_text("server:\n  prot: 1\n")
    assert "server.prot" in data_of(operator.get(SETTINGS))["problem"]
    (tmp_path / "local.service_conf.yaml").unlink()
    assert data_of(operator.get(SETTINGS))["problem"] is None


def test_settings_are_for_operators_alone(client: FlaskClient, anonymous: FlaskClient) -> None:
    assert "administrators" in refused(client.get(SETTINGS), 403, 103)
    assert anonymous.get(SETTINGS).status_code == 401
