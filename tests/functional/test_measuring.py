"""What a server in this process tells of itself: its requests, its exporter, its samples."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import gevent
import pytest
import requests
from flask import Flask
from gevent import get_hub
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from api.config.settings import Settings
from api.container import Services, build
from api.http.application import attach, create_app
from api.http.exporter import Exporter
from api.http.process import web_process
from api.jobs.monitoring import Monitoring
from api.leases.elector import Elector
from api.leases.memory import MemoryLease
from api.observability.exposition import exposition
from api.observability.files import FileRecorder, metrics_folder
from api.observability.process import resident_bytes
from tests.functional.conftest import client_with, join
from tests.model_endpoint import ModelEndpoint
from tests.running import free_port

Total = Callable[..., float]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Set a free port for the exporter."""
    metrics = settings.metrics.model_copy(update={"port": free_port()})
    return settings.model_copy(update={"metrics": metrics})


@pytest.fixture
def recorder(settings: Settings) -> Iterator[FileRecorder]:
    with closing(FileRecorder(metrics_folder(settings), "web")) as opened:
        yield opened


@pytest.fixture
def services(settings: Settings, recorder: FileRecorder) -> Iterator[Services]:
    composed = build(settings, recorder=recorder)
    yield composed
    composed.chunk_store.close()
    composed.database.close_all()


@pytest.fixture
def total(recorder: FileRecorder) -> Total:
    """Return what adds up a sample over the labels that are not given."""

    def add_up(sample_name: str, **labels: str) -> float:
        text = exposition(recorder.folder, {}).decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == sample_name and labels.items() <= sample.labels.items()
        )

    return add_up


def get(url: str) -> requests.Response:
    """Send a request on a thread of its own, while the event loop goes on."""
    answer: requests.Response = get_hub().threadpool.apply(
        requests.get, (url,), {"timeout": 10, "headers": {"Connection": "close"}}
    )
    return answer


def until(condition: Callable[[], Any]) -> None:
    with gevent.Timeout(10):
        while not condition():
            gevent.sleep(0.01)


def data_of(answer: TestResponse) -> dict[str, Any]:
    """Read an answer to its end and return its data."""
    with answer:
        content = answer.json
    assert content is not None
    data: dict[str, Any] = content["data"]
    return data


# --- requests ----------------------------------------------------------------------------------


def test_requests_count_by_template_method_and_status(
    app: Flask, services: Services, total: Total
) -> None:
    client = client_with(app, join(services, "member@example.org").api_key)
    dataset = data_of(client.post("/api/v1/datasets", json={"name": "a"}))["id"]
    client.get(f"/api/v1/datasets/{dataset}/documents").close()
    client.get("/nothing/here").close()
    client.open("/nothing/here", method="BREW").close()
    requests_total = "raglan_http_requests_total"
    listing = "/api/v1/datasets/<dataset_id>/documents"
    assert total(requests_total, route="/api/v1/datasets", method="POST", status="200") == 1
    assert total(requests_total, route=listing, method="GET", status="200") == 1
    assert total(requests_total, route="unmatched", method="GET", status="404") == 1
    assert total(requests_total, route="unmatched", method="other", status="404") == 1
    assert total("raglan_http_request_duration_seconds_count") == 4
    assert total("raglan_http_requests_in_flight") == 0


def test_refusals_count_by_reason(app: Flask, services: Services, total: Total) -> None:
    join(services, "member@example.org")
    app.test_client().get("/api/v1/datasets")
    client_with(app, "wrong").get("/api/v1/datasets")
    for email in ("nobody@example.org", "member@example.org"):
        body = {"email": email, "password": "wrong password"}
        app.test_client().post("/v1/user/login", json=body)
    failures = "raglan_http_authentication_failures_total"
    assert total(failures, reason="missing") == 1
    assert total(failures, reason="invalid") == 1
    assert total(failures, reason="password") == 2


def test_streams_count_while_they_are_open(
    app: Flask, services: Services, endpoint: ModelEndpoint, total: Total
) -> None:
    assert endpoint.url
    client = client_with(app, join(services, "member@example.org").api_key)
    path = f"/api/v1/chats/{data_of(client.post('/api/v1/chats', json={'name': 'guide'}))['id']}"
    session = data_of(client.post(f"{path}/sessions", json={"name": "s"}))["id"]
    body = {"question": "Who?", "session_id": session, "stream": True}
    answer = client.post(f"{path}/completions", json=body)
    assert total("raglan_http_streams_open") == 1
    assert total("raglan_http_requests_in_flight") == 1
    answer.close()
    assert total("raglan_http_streams_open") == 0
    assert total("raglan_http_requests_in_flight") == 0
    web_process(app).streams.limit = 0
    assert client.post(f"{path}/completions", json=body).status_code == 503
    web_process(app).streams.draining = True
    assert client.post(f"{path}/completions", json=body).status_code == 503
    assert total("raglan_http_streams_refused_total", reason="full") == 1
    assert total("raglan_http_streams_refused_total", reason="stopping") == 1


@pytest.mark.databases("sqlite")
def test_what_ends_a_request_ends_its_being_in_flight(services: Services, total: Total) -> None:
    def end_it() -> str:
        raise gevent.GreenletExit

    app = create_app()
    app.add_url_rule("/ends", view_func=end_it)
    attach(app, services)
    with pytest.raises(gevent.GreenletExit):
        app.test_client().get("/ends")
    assert total("raglan_http_requests_in_flight") == 0
    assert total("raglan_http_requests_total", status="none") == 1


# --- the exporter ------------------------------------------------------------------------------


def test_the_main_port_tells_what_the_exporter_tells(app: Flask, services: Services) -> None:
    web_process(app).exporter = Exporter(services, metrics_folder(services.settings))
    answer = app.test_client().get("/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "raglan_database_up" in answer.text
    assert "raglan_ingest_chunks_total 0.0" in answer.text


def test_another_exporter_takes_the_port_over(services: Services) -> None:
    folder = metrics_folder(services.settings)
    url = f"http://127.0.0.1:{services.settings.metrics.port}"
    with ExitStack() as stack:
        first, second = Exporter(services, folder), Exporter(services, folder)
        first.start()
        stack.callback(second.stop)
        until(lambda: is_answering(url))
        second.start()
        assert "raglan_lease_held 0.0" in get(f"{url}/metrics").text
        assert get(f"{url}/elsewhere").status_code == 404
        first.stop()
        until(lambda: is_answering(url))


def is_answering(url: str) -> bool:
    try:
        return get(f"{url}/metrics").status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.databases("sqlite")
def test_without_a_port_there_is_no_exporter(services: Services) -> None:
    metrics = services.settings.metrics.model_copy(update={"port": 0})
    settings = services.settings.model_copy(update={"metrics": metrics})
    composed = build(settings, recorder=services.recorder)
    exporter = Exporter(composed, metrics_folder(settings))
    exporter.start()
    exporter.stop()
    assert not (metrics_folder(settings) / "exporter").exists()
    composed.database.close_all()


# --- samples -----------------------------------------------------------------------------------


@pytest.mark.databases("sqlite")
def test_a_process_tells_what_it_takes(services: Services, total: Total) -> None:
    elector = Elector(MemoryLease(), "me", 60, recorder=services.recorder)
    monitoring = Monitoring(services, elector)
    monitoring.start()
    try:
        until(lambda: total("raglan_hub_delay_seconds_count") > 0)
        until(lambda: total("raglan_database_pool_limit_connections", role="web") > 0)
    finally:
        monitoring.stop()
    assert total("raglan_processes", role="web") == 1
    assert total("raglan_build_info") == 1
    assert total("raglan_process_resident_memory_bytes", role="web") > 10_000_000
    assert total("raglan_process_open_fds", role="web") > 3
    assert total("raglan_process_cpu_seconds_total", role="web") > 0
    assert total("raglan_lease_held") == 0


def test_of_a_process_that_is_gone_there_is_no_memory() -> None:
    assert resident_bytes(2**22 + 1) == 0


@pytest.mark.databases("sqlite")
def test_who_takes_the_lease_tells(services: Services, total: Total) -> None:
    elector = Elector(MemoryLease(), "me", 60, recorder=services.recorder)
    elector.start()
    until(lambda: elector.fence is not None)
    elector.stop()
    assert total("raglan_lease_takeovers_total") == 1


@pytest.mark.databases("sqlite")
def test_where_figures_are_kept_follows_the_data_folder(settings: Settings) -> None:
    assert metrics_folder(settings) == Path(settings.data_dir) / "metrics"
