"""An hour of figures, and what an administrator hands on to those who help."""

import logging
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from api.config.origins import MASK
from api.config.settings import Settings
from api.container import Services
from api.db.base import now_ms
from api.db.connection import connection
from api.db.models.account import User
from api.jobs.telling import Telling
from api.logs import LogMemory
from api.services.operations.figures import MINUTE_MS, FigureService
from api.services.operations.worker_report import WorkerReport
from tests.functional.conftest import Member
from tests.functional.library import API, data_of, make_dataset, upload

SECRET = "a-secret-of-the-settings"


def figures(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = data_of(client.get(f"{API}/system/figures"))["minutes"]
    return found


def test_a_minute_has_what_happened_in_it(client: FlaskClient, services: Services) -> None:
    assert figures(client) == []
    chat = data_of(client.post(f"{API}/chats", json={"name": "guide"}))["id"]
    session = data_of(client.post(f"{API}/chats/{chat}/sessions", json={"name": "a"}))["id"]
    asked = {"question": "Who is there?", "session_id": session, "stream": False}
    data_of(client.post(f"{API}/chats/{chat}/completions", json=asked))
    dataset = make_dataset(client, "a")["id"]
    document = upload(client, dataset, ("a.txt", b"a"))[0]["id"]
    data_of(client.post(f"{API}/datasets/{dataset}/chunks", json={"document_ids": [document]}))
    reports = services.operations.reports
    later = FigureService(services.database, reports, lambda: now_ms() + MINUTE_MS)
    assert later.take() == 1
    services.operations.figures.take()
    services.operations.figures.take()  # a second one replaces it
    first, second = figures(client)
    assert second["time"] - first["time"] == MINUTE_MS
    assert (second["questions"], second["waiting"], second["failed"]) == (1, 1, 0)
    assert first["questions"] == 0


def with_secrets(services: Services) -> Settings:
    """Return the settings of a server with a key, and with a password in an address."""
    now = services.live.current
    models = now.models.model_copy(
        update={"chat_api_key": SecretStr(SECRET), "chat_base_url": "http://127.0.0.1:9/v1"}
    )
    redis = now.redis.model_copy(update={"url": SecretStr(f"redis://a:{SECRET}@127.0.0.1:9/0")})
    return now.model_copy(update={"models": models, "redis": redis})


@pytest.fixture
def administrator(services: Services, member: Member) -> None:
    """Let `member` administer the server."""
    with connection(services.database):
        User.update(is_superuser=True).where(User.id == member.account.id).execute()


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("administrator")
def test_what_helps_others_has_no_secret(client: FlaskClient, services: Services) -> None:
    services.live.current = with_secrets(services)
    answer = client.get(f"{API}/system/support")
    told = data_of(answer)
    assert SECRET not in answer.text
    assert told["settings"]["models.chat_api_key"]["value"] == MASK
    assert told["settings"]["models.chat_base_url"]["value"]
    assert told["status"]["database"]["status"] == "green"
    assert told["version"] == services.operations.system.version


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("administrator")
def test_what_a_worker_warned_of_is_told_when_it_is_gone(
    client: FlaskClient, services: Services
) -> None:
    memory, log = LogMemory(), logging.getLogger("raglan.worker")
    logging.getLogger().addHandler(memory)
    try:
        with WorkerReport(services.operations.reports, "vm:1") as report:
            log.warning("Document %s took %d s.", "secret name", 7)
            report.write()
    finally:
        logging.getLogger().removeHandler(memory)
    told = data_of(client.get(f"{API}/system/support"))["others"]
    [line] = told["warnings of vm:1"]["lines"]
    assert line["level"] == "WARNING"
    assert line["message"].endswith("took 7 s.")
    assert "secret name" not in str(told)


@pytest.mark.databases("sqlite")
@pytest.mark.usefixtures("administrator")
def test_what_another_web_worker_warned_of_is_told(client: FlaskClient, services: Services) -> None:
    memory = LogMemory()
    logging.getLogger().addHandler(memory)
    telling = Telling(services.operations.reports, "vm:2")
    try:
        logging.getLogger("raglan").error("A worker begins without %s: %d", "secret name", 3)
        telling.start()
        telling.stop()
        Telling(services.operations.reports, "vm:3").stop()  # one that never began
    finally:
        logging.getLogger().removeHandler(memory)
    told = data_of(client.get(f"{API}/system/support"))["others"]
    assert list(told) == ["warnings of vm:2"]
    [line] = told["warnings of vm:2"]["lines"]
    assert (line["level"], line["message"][-1]) == ("ERROR", "3")
    assert "secret name" not in str(told)


@pytest.mark.databases("sqlite")
def test_only_administrators_are_told(client: FlaskClient) -> None:
    assert client.get(f"{API}/system/support").json["code"] == 103
