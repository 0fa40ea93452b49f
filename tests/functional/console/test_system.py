"""What the server says about itself."""

from functools import partial
from importlib.metadata import version

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from api.config.settings import ModelSettings, RedisSettings, Settings
from api.config.web_search import WebSearchSettings
from api.container import Services, build
from api.db.connection import connection
from api.db.sql import rows, run
from api.http.application import attach, create_app
from api.http.process import web_process
from api.leases.fencing import DeposedError
from api.services.operations.worker_report import WorkerReport
from tests.functional.library import code_of
from tests.model_endpoint import ModelEndpoint

PREFIXES = ("/v1/system", "/api/v1/system")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_ping_and_version_need_no_key(anonymous: FlaskClient, prefix: str) -> None:
    assert anonymous.get(f"{prefix}/ping").text == "pong"
    answer = anonymous.get(f"{prefix}/version")
    assert answer.json == {"code": 0, "message": "success", "data": f"v{version('raglan')}"}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("prefix", PREFIXES)
def test_healthz_is_the_contracts_without_an_envelope(anonymous: FlaskClient, prefix: str) -> None:
    answer = anonymous.get(f"{prefix}/healthz")
    assert answer.status_code == 200
    assert answer.json == {
        "db": "ok",
        "redis": "ok",
        "doc_engine": "ok",
        "storage": "ok",
        "status": "ok",
    }


@pytest.mark.databases("sqlite")
def test_ready_tells_of_every_part(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/ready")
    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert set(answer.json["parts"]) == {
        "database",
        "migrations",
        "chunk_store",
        "storage",
        "workers",
        "disk",
    }
    assert all(part["status"] == "ok" for part in answer.json["parts"].values())


def test_a_waiting_migration_is_told(anonymous: FlaskClient, services: Services) -> None:
    with connection(services.database):
        applied = rows(services.database, "SELECT number, name, applied_time FROM migration")
        run(services.database, "DELETE FROM migration")
    try:
        answer = anonymous.get("/ready")
    finally:
        with connection(services.database):
            for row in applied:
                run(services.database, "INSERT INTO migration VALUES (?, ?, ?)", *row)
    assert (answer.status_code, answer.json["status"]) == (503, "not ready")
    assert "raglan migrate" in answer.json["parts"]["migrations"]["error"]
    assert answer.json["parts"]["database"]["status"] == "ok"


@pytest.mark.databases("sqlite")
def test_nobody_is_welcome_before_the_start_and_after_the_stop(
    app: Flask, anonymous: FlaskClient
) -> None:
    starting = create_app().test_client().get("/ready")
    assert starting.status_code == 503
    assert starting.json == {
        "status": "not ready",
        "reasons": ["The server is starting."],
        "parts": {},
    }
    web_process(app).phase.stop()
    stopping = anonymous.get("/ready")
    assert (stopping.status_code, stopping.json["reasons"]) == (503, ["The server is stopping."])


@pytest.mark.databases("sqlite")
def test_a_part_that_nothing_goes_without_is_told(
    anonymous: FlaskClient, settings: Settings
) -> None:
    (settings.data_path / "files").write_text("in the way")
    ready = anonymous.get("/ready")
    assert (ready.status_code, ready.json["status"]) == (503, "not ready")
    [reason] = ready.json["reasons"]
    assert reason.startswith("storage: ")
    health = anonymous.get("/v1/system/healthz")
    assert (health.status_code, health.json["status"], health.json["storage"]) == (
        500,
        "nok",
        "nok",
    )
    assert health.json["db"] == "ok"


@pytest.mark.databases("sqlite")
def test_endpoints_that_are_away_cost_what_is_told(
    anonymous: FlaskClient, services: Services
) -> None:
    away = "http://127.0.0.1:1/v1"
    models = ModelSettings(
        chat_model="m", chat_base_url=away, embedding_base_url=away, rerank_base_url=away
    )
    web = WebSearchSettings(enabled="on", engine="searxng", url="http://127.0.0.1:1")
    services.live.take(Settings(models=models, web_search=web))
    ready = anonymous.get("/ready")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert [reason.partition(":")[0] for reason in ready.json["reasons"]] == [
        "embedding_endpoint",
        "chat_endpoint",
        "rerank_endpoint",
        "search_engine",
    ]
    assert "neither be searched" in ready.json["parts"]["embedding_endpoint"]["lost"]


def test_an_endpoint_that_is_there_is_in_order(
    anonymous: FlaskClient, endpoint: ModelEndpoint
) -> None:
    ready = anonymous.get("/ready")
    assert ready.json["status"] == "ready", endpoint.url
    assert ready.json["parts"]["chat_endpoint"]["status"] == "ok"


@pytest.mark.databases("sqlite")
def test_a_redis_that_is_away_costs_what_is_told(settings: Settings) -> None:
    away = RedisSettings(url=SecretStr("redis://127.0.0.1:1/0"), timeout=1)
    services = build(settings.model_copy(update={"redis": away}))
    app = create_app()
    attach(app, services)
    anonymous = app.test_client()
    ready = anonymous.get("/ready")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert "background jobs" in ready.json["parts"]["redis"]["lost"]
    health = anonymous.get("/v1/system/healthz")
    assert (health.status_code, health.json["redis"]) == (500, "nok")
    assert "redis" in health.json["_meta"]
    services.chunk_store.close()
    services.database.close_all()


@pytest.mark.databases("sqlite")
def test_status_shows_what_jobs_and_workers_said_last(
    console: FlaskClient, services: Services
) -> None:
    record = {
        "runs": 3,
        "failures": 1,
        "last_run": 1.5,
        "last_seconds": 0.2,
        "last_result": "failed: no",
        "worker": "host:1",
    }
    services.operations.reports.write("job", {"clean_up": record})
    services.operations.reports.write("job", {"clean_up": {**record, "runs": 4}})
    report = WorkerReport(services.operations.reports, "host:2")
    report.write()
    shown = console.get("/v1/system/status").json["data"]
    assert shown["background_jobs"] == {
        "clean_up": {**record, "runs": 4, "last_run": "1970-01-01T00:00:01.500+00:00"}
    }
    [beat] = shown["task_executor_heartbeats"]["host:2"]
    assert (beat["name"], beat["done"], beat["failed"], beat["current"]) == ("host:2", 0, 0, None)
    services.operations.reports.delete("host:2")
    shown = console.get("/v1/system/status").json["data"]
    assert shown["task_executor_heartbeats"] == {}


def test_what_was_said_long_ago_is_forgotten(services: Services) -> None:
    services.operations.reports.write("worker", {"old": {}, "new": {}})
    with connection(services.database):
        run(services.database, "UPDATE report SET update_time = 0 WHERE name = 'old'")
    assert list(services.operations.reports.read("worker", 60)) == ["new"]
    services.operations.reports.write("worker", {"new": {}})
    with connection(services.database):
        assert rows(services.database, "SELECT name FROM report") == [("new",)]


@pytest.mark.databases("sqlite")
def test_a_deposed_holder_reports_nothing(services: Services) -> None:
    services.operations.reports.write("job", {"x": {}}, partial(services.fencing.check, 2))
    with pytest.raises(DeposedError):
        services.operations.reports.write("job", {"y": {}}, partial(services.fencing.check, 1))
    assert list(services.operations.reports.read("job", 60)) == ["x"]


@pytest.mark.databases("sqlite")
def test_status_shows_the_kinds_of_the_parts(
    console: FlaskClient, client: FlaskClient, anonymous: FlaskClient, services: Services
) -> None:
    for page in (console.get("/v1/system/status"), client.get("/api/v1/system/status")):
        shown = page.json["data"]
        assert shown["database"]["database"] in services.settings.database_url
        assert (shown["doc_engine"]["type"], shown["doc_engine"]["status"]) == ("sqlite", "green")
        assert (shown["storage"]["storage"], shown["redis"]["status"]) == ("file", "unused")
    assert code_of(anonymous.get("/v1/system/status")) == 401
