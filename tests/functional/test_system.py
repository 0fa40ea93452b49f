"""What the server says about itself."""

from importlib.metadata import version

import pytest
from flask.testing import FlaskClient
from redis.exceptions import ConnectionError as RedisConnectionError

from api.container import Services
from api.db.connection import connection
from api.db.sql import rows, run

PREFIXES = ("/v1/system", "/api/v1/system")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ping_and_version_need_no_key(anonymous: FlaskClient, prefix: str) -> None:
    assert anonymous.get(f"{prefix}/ping").text == "pong"
    answer = anonymous.get(f"{prefix}/version")
    assert answer.json == {"code": 0, "message": "success", "data": f"v{version('raglan')}"}


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


def test_ready_tells_of_every_part(anonymous: FlaskClient) -> None:
    answer = anonymous.get("/ready")
    assert answer.status_code == 200
    assert answer.json["status"] == "ready"
    assert set(answer.json["parts"]) == {"database", "migrations", "chunk_store", "storage"}
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


def test_a_part_that_does_not_answer_is_told(anonymous: FlaskClient, services: Services) -> None:
    def refuse() -> None:
        raise RedisConnectionError("Connection refused.")

    services.system.ping_redis = refuse
    ready = anonymous.get("/ready")
    assert ready.status_code == 503
    assert ready.json["parts"]["redis"]["error"] == "Connection refused."
    health = anonymous.get("/v1/system/healthz")
    assert (health.status_code, health.json["status"], health.json["redis"]) == (500, "nok", "nok")
    assert health.json["_meta"] == {"redis": {"error": "Connection refused."}}
    assert health.json["db"] == "ok"


def test_status_shows_the_kinds_of_the_parts(
    console: FlaskClient, client: FlaskClient, anonymous: FlaskClient, services: Services
) -> None:
    for page in (console.get("/v1/system/status"), client.get("/api/v1/system/status")):
        shown = page.json["data"]
        assert shown["database"]["database"] in services.settings.database_url
        assert (shown["doc_engine"]["type"], shown["doc_engine"]["status"]) == ("sqlite", "green")
        assert (shown["storage"]["storage"], shown["redis"]["status"]) == ("file", "unused")
    assert anonymous.get("/v1/system/status").status_code == 401
