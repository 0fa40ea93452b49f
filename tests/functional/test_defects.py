"""Unexpected errors, as a project at Sentry gets them: what and where, and nothing of anybody."""

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.container import Services
from api.errors import StartError
from api.http.tracing import route_of_request
from api.observability.defects.null import NullDefects
from api.observability.defects.registry import open_defects
from tests.collecting import OtlpCollector, otlp_collector
from tests.running import free_port, wait_until

pytestmark = pytest.mark.databases("sqlite")

SECRET = "ada@example.org"


@pytest.fixture(scope="module")
def sentry() -> Iterator[OtlpCollector]:
    with otlp_collector() as running:
        yield running


@pytest.fixture
def told(sentry: OtlpCollector) -> Iterator[OtlpCollector]:
    """Tell the receiver of what happens in this test."""
    sentry.file.write_text("")
    defects = open_defects(sentry.dsn, "testing")
    defects.start("web", route_of_request)
    yield sentry
    defects.stop()


def break_down(*_: object, **__: object) -> None:
    """Fail, with what somebody has asked in the message and in a variable."""
    asked = SECRET
    raise LookupError(asked)


def test_a_defect_is_told_without_anything_of_anybody(
    app: Flask,
    services: Services,
    client: FlaskClient,
    told: OtlpCollector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", value=False)
    monkeypatch.setattr(services.chats.chats, "create", break_down)
    answer = client.post(
        f"/api/v1/chats?note={SECRET}", json={"name": SECRET}, headers={"X-Note": SECRET}
    )
    assert answer.status_code == 500
    wait_until(told.told, "the event")
    [event] = told.told()
    assert event["transaction"] == "POST /api/v1/chats"
    assert event["tags"] == {"process": "web", "request_id": answer.headers["X-Request-Id"]}
    assert (event["environment"], event["level"]) == ("testing", "error")
    [error] = event["exception"]["values"]
    assert error["type"] == "LookupError"
    last = error["stacktrace"]["frames"][-1]
    assert (last["function"], last["context_line"].strip()) == (
        "break_down",
        "raise LookupError(asked)",
    )
    kept = json.dumps(event)
    for secret in (SECRET, client.environ_base["HTTP_AUTHORIZATION"].split()[1], "member@"):
        assert secret not in kept
    assert not {"request", "user", "breadcrumbs", "server_name", "modules"} & event.keys()


def test_what_was_expected_is_not_told(client: FlaskClient, told: OtlpCollector) -> None:
    assert client.get("/api/v1/chats/unknown").status_code >= 400
    assert client.post("/api/v1/chats", data=b"{", content_type="application/json").status_code
    logging.getLogger("raglan").error("Something is known to be wrong.")
    try:
        break_down()
    except LookupError:
        logging.getLogger("raglan.jobs").exception("Task %s of %s failed.", 7, SECRET)
    wait_until(told.told, "the event")
    [event] = told.told()
    assert event["logentry"]["message"] == "Task %s of %s failed."
    assert event["transaction"] == "raglan.jobs"
    assert SECRET not in json.dumps(event)


def test_a_receiver_that_is_away_harms_nobody(client: FlaskClient) -> None:
    defects = open_defects(f"http://key@127.0.0.1:{free_port()}/7", "")
    defects.start("web", route_of_request)
    try:
        break_down()
    except LookupError:
        logging.getLogger("raglan").exception("It broke.")
    assert client.get("/api/v1/datasets").status_code == 200
    defects.stop()
    defects.stop()


def test_an_address_that_cannot_be_one_is_refused() -> None:
    assert isinstance(open_defects("", ""), NullDefects)
    for dsn in ("http://127.0.0.1/7", "key@host", "http://key@host"):
        with pytest.raises(StartError, match="DSN"):
            open_defects(dsn, "")
