"""Settings that administrators change while the server runs, kept in the database."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.db.connection import connection
from api.db.models.account import User
from api.db.sql import rows
from tests.functional.conftest import Member, client_with
from tests.functional.library import API, data_of, refused

SETTINGS = f"{API}/system/settings"
HISTORY = f"{SETTINGS}/history"
SECRET = "sk-a-key-that-nobody-sees"

on_sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def folder(services: Services, tmp_path: Path) -> Path:
    """Return a folder with the settings files, which are not there yet."""
    configure(services, tmp_path)
    return tmp_path


def configure(services: Services, folder: Path, **environment: str) -> None:
    """Let the settings be read from the files of a folder, and from variables."""
    shown = services.configuration.settings
    given = {"RAGLAN_DATA_DIR": str(services.settings.data_path), **environment}
    shown.files = lambda: [folder / "service_conf.yaml", folder / "local.service_conf.yaml"]
    shown.environment = lambda: given


@pytest.fixture
def operator(app: Flask, services: Services, member: Member, folder: Path) -> FlaskClient:
    """Return a client of `member`, who operates the server."""
    assert folder
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()
    return client_with(app, member.api_key)


def told(operator: FlaskClient, name: str) -> dict[str, Any]:
    """Return a setting."""
    rows: list[dict[str, Any]] = data_of(operator.get(SETTINGS))["settings"]
    return next(row for row in rows if row["name"] == name)


def save(operator: FlaskClient, version: int, **settings: object) -> dict[str, Any]:
    """Set values; `__` stands for the point in their names."""
    named = {name.replace("__", "."): value for name, value in settings.items()}
    body = {"version": version, "settings": named}
    answer: dict[str, Any] = data_of(operator.patch(SETTINGS, json=body))
    return answer


def refusal(operator: FlaskClient, version: int, status: int = 400, code: int = 101) -> Any:
    """Return what sets one value and returns what its refusal says."""

    def refuse(name: str, value: object) -> str:
        body = {"version": version, "settings": {name: value, "retrieval.top_k": 77}}
        return refused(operator.patch(SETTINGS, json=body), status, code)

    return refuse


def test_a_value_counts_at_once_and_until_it_is_taken_away(
    operator: FlaskClient, services: Services, folder: Path
) -> None:
    (folder / "local.service_conf.yaml").write_text("retrieval: {top_k: 300}\n")
    saved = save(operator, 0, retrieval__top_k="500", server__workers=3)
    assert saved == {
        "version": 1,
        "changed": ["retrieval.top_k", "server.workers"],
        "waits": ["server.workers"],
    }
    assert services.live.current.retrieval.top_k == 500
    row = told(operator, "retrieval.top_k")
    shown = {key: row[key] for key in ("value", "source", "without", "stored", "stored_by")}
    assert shown == {
        "value": 500,
        "source": "database",
        "without": 300,
        "stored": 500,
        "stored_by": "member@example.org",
    }
    workers = told(operator, "server.workers")
    assert (workers["value"], workers["stored"], workers["waits"]) == (2, 3, True)
    assert save(operator, 1, retrieval__top_k=500)["changed"] == []
    assert save(operator, 1, retrieval__top_k=None, server__workers=None)["version"] == 2
    assert services.live.current.retrieval.top_k == 300
    row = told(operator, "retrieval.top_k")
    assert (row["source"], row["without"], row["stored"]) == ("local.service_conf.yaml", 1024, None)


@on_sqlite
def test_a_set_of_which_one_is_wrong_changes_nothing(
    operator: FlaskClient, services: Services
) -> None:
    refuse = refusal(operator, 0)
    assert "retrieval.similarity_threshold" in refuse("retrieval.similarity_threshold", 7)
    assert "lease.step_down" in refuse("lease.step_down", 0.2)  # right by itself, not beside 3
    assert "no such setting" in refuse("retrieval.topk", 5)
    assert "valid boolean" in refuse("log.access", "maybe")
    assert "database.url" in refuse("database.url", "mysql://elsewhere")
    assert "settings.precedence" in refuse("settings.precedence", "database")
    assert "redis.url must begin" in refuse("redis.url", "http://127.0.0.1")
    assert "auth.password_key" in refuse("auth.password_key", "/nowhere.pem")
    assert data_of(operator.get(SETTINGS))["version"] == 0
    assert services.live.current.retrieval.top_k == 1024


@on_sqlite
def test_what_is_asked_for_has_its_form(operator: FlaskClient) -> None:
    bodies: list[tuple[object, str]] = [
        ({"settings": {"log.access": True}}, "version"),
        ({"version": 0}, "settings"),
        ({"version": 0, "settings": {}}, "settings"),
        ({"version": 0, "settings": {"log.access": [1]}}, "settings"),
        ({"version": 0, "settings": {"nacos.user": "x" * 5000}}, "settings"),
        ({"version": 0, "settings": {"log.access": True}, "force": True}, "force"),
    ]
    for body, field in bodies:
        assert field in refused(operator.patch(SETTINGS, json=body), 400, 101)


@on_sqlite
def test_the_environment_wins_unless_the_settings_say_otherwise(
    operator: FlaskClient, services: Services, folder: Path
) -> None:
    configure(services, folder, RAGLAN_RETRIEVAL__TOP_K="9")
    assert told(operator, "retrieval.top_k")["locked"] == "environment"
    assert "RAGLAN_RETRIEVAL__TOP_K" in refusal(operator, 0)("retrieval.top_k", 5)
    configure(services, folder, RAGLAN_RETRIEVAL__TOP_K="9", RAGLAN_SETTINGS__PRECEDENCE="database")
    save(operator, 0, retrieval__top_k=5)
    row = told(operator, "retrieval.top_k")
    assert (row["value"], row["without"], row["locked"]) == (5, 9, None)
    configure(services, folder, RAGLAN_RETRIEVAL__TOP_K="9")
    services.configuration.settings.take()
    assert services.live.current.retrieval.top_k == 9
    assert save(operator, 1, retrieval__top_k=None)["changed"] == ["retrieval.top_k"]


@on_sqlite
def test_the_database_is_left_out_where_that_is_set(
    operator: FlaskClient, services: Services, folder: Path
) -> None:
    save(operator, 0, retrieval__top_k=5)
    configure(services, folder, RAGLAN_SETTINGS__DATABASE="off")
    services.configuration.settings.take()
    assert services.live.current.retrieval.top_k == 1024
    assert told(operator, "retrieval.top_k")["locked"] == "off"
    body = {"version": 1, "settings": {"retrieval.top_k": 6}}
    assert "settings.database" in refused(operator.patch(SETTINGS, json=body), 403, 103)


@on_sqlite
def test_the_second_of_two_who_save_is_told_what_the_first_has_changed(
    operator: FlaskClient, services: Services
) -> None:
    save(operator, 0, retrieval__top_k=5)
    body = {"version": 0, "settings": {"log.access": False}}
    said = refused(operator.patch(SETTINGS, json=body), 409, 102)
    assert "member@example.org" in said
    assert "retrieval.top_k" in said
    assert services.live.current.log.access
    body["version"] = 99
    assert "no version 99" in refused(operator.patch(SETTINGS, json=body), 409, 102)


def test_secrets_are_encrypted_and_never_shown(operator: FlaskClient, services: Services) -> None:
    save(operator, 0, models__chat_api_key=SECRET)
    save(operator, 1, models__chat_api_key=SECRET + "2")
    assert save(operator, 2, models__chat_api_key=SECRET + "2")["changed"] == []
    key = services.live.current.models.chat_api_key.get_secret_value()
    assert key == SECRET + "2"
    with connection(services.database):
        kept = [
            *rows(services.database, "SELECT value FROM setting"),
            *rows(services.database, "SELECT changes FROM setting_change"),
        ]
    assert len(kept) == 3
    assert SECRET not in str(kept)
    for address in (SETTINGS, HISTORY):
        assert SECRET not in operator.get(address).text
    assert SECRET.encode() not in (services.settings.data_path / "settings.json").read_bytes()
    row = told(operator, "models.chat_api_key")
    assert (row["value"], row["stored"], row["without"]) == ("********", "********", "")
    said = refusal(operator, 2)("models.chat_api_key", f"{SECRET}\n")
    assert "models.chat_api_key" in said
    assert SECRET not in said


def test_the_history_is_listed_and_gone_back_in(operator: FlaskClient, services: Services) -> None:
    save(operator, 0, retrieval__top_k=5, models__chat_api_key=SECRET)
    save(operator, 1, retrieval__top_k=6, log__access=False)
    save(operator, 2, models__chat_api_key=None)
    page = data_of(operator.get(HISTORY, query_string={"page": 2, "page_size": 2}))
    assert (page["total"], [one["version"] for one in page["changes"]]) == (3, [1])
    newest = data_of(operator.get(HISTORY))["changes"][0]
    assert newest["author"] == "member@example.org"
    secret = {"name": "models.chat_api_key", "before": "********", "after": None}
    assert newest["changes"] == [secret]

    saved = data_of(operator.post(f"{HISTORY}/1/restore", json={"version": 3}))
    assert saved["changed"] == ["log.access", "models.chat_api_key", "retrieval.top_k"]
    now = services.live.current
    assert (now.retrieval.top_k, now.log.access) == (5, True)
    assert now.models.chat_api_key.get_secret_value() == SECRET
    assert data_of(operator.get(HISTORY))["changes"][0]["what"] == "back to version 1"

    data_of(operator.post(f"{HISTORY}/0/restore", json={"version": 4}))
    assert services.live.current.retrieval.top_k == 1024
    for target, version, status in ((9, 5, 404), (1, 4, 409)):
        body = {"version": version}
        assert refused(operator.post(f"{HISTORY}/{target}/restore", json=body), status, 102)
    assert "version" in refused(
        operator.post(f"{HISTORY}/x/restore", json={"version": 5}), 400, 101
    )


@on_sqlite
def test_what_is_kept_and_no_longer_valid_is_left_out_and_told(
    operator: FlaskClient, services: Services, folder: Path
) -> None:
    save(operator, 0, lease__renewals=2, retrieval__top_k=5)
    (folder / "local.service_conf.yaml").write_text("lease: {step_down: 0.4}\n")
    told_now = data_of(operator.get(SETTINGS))
    assert "lease.step_down" in told_now["problem"]
    services.configuration.settings.take()
    assert services.live.current.retrieval.top_k == 5


@on_sqlite
def test_changes_are_for_operators_alone(client: FlaskClient, anonymous: FlaskClient) -> None:
    body = {"version": 0, "settings": {"log.access": False}}
    for who, status, code in ((client, 403, 103), (anonymous, 401, 109)):
        assert refused(who.patch(SETTINGS, json=body), status, code)
        assert refused(who.get(HISTORY), status, code)
        assert refused(who.post(f"{HISTORY}/0/restore", json={"version": 0}), status, code)
