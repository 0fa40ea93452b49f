"""Traces of real processes, as a collector of OpenTelemetry's gets them."""

import os
import signal
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.collecting import OtlpCollector, otlp_collector
from tests.components import Component
from tests.model_endpoint import ModelEndpoint, serve
from tests.running import ROOT, Server, end, free_port, server_on, wait_until
from tests.service.web import WebServer, conversation_on, events

Span = dict[str, Any]

SETTING = "RAGLAN_TELEMETRY__OTLP_URL"


@pytest.fixture(scope="module")
def collector() -> Iterator[OtlpCollector]:
    with otlp_collector() as running:
        yield running


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ModelEndpoint]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, collector: OtlpCollector, endpoint: ModelEndpoint
) -> Iterator[Server]:
    extra = {
        SETTING: collector.url,
        "RAGLAN_TELEMETRY__SERVICE_NAME": "harbour",
        "RAGLAN_MODELS__CHAT_MODEL": "talker@Endpoint",
        "RAGLAN_MODELS__CHAT_BASE_URL": endpoint.url,
    }
    with server_on(tmp_path_factory.mktemp("otlp") / "data", **extra) as running:
        yield running


def span_of(collector: OtlpCollector, name: str, url: str = "") -> Span:
    """Wait for a span of a name, and of a request for an address."""

    def found() -> list[Span]:
        named = [span for span in collector.told() if span["name"] == name]
        return [span for span in named if tags(span).get("url.full", "").endswith(url)]

    wait_until(found, name)
    return found()[-1]


def tags(span: Span) -> dict[str, str]:
    listed = [*span.get("attributes", []), *span["resource"]["attributes"]]
    return {one["key"]: str(next(iter(one["value"].values()))) for one in listed}


def inner(collector: OtlpCollector, span: Span) -> dict[str, Span]:
    """Return the spans whose parent is a span."""
    return {
        one["name"]: one for one in collector.told() if one.get("parentSpanId") == span["spanId"]
    }


def test_a_route_is_a_span_named_after_it(server: Server, collector: OtlpCollector) -> None:
    dataset = server.dataset("routes")
    path = f"/api/v1/datasets/{dataset}/documents"
    answer = requests.get(
        f"{server.url}{path}?x=secret",
        headers={"Authorization": f"Bearer {server.environment['RAGLAN_BOOTSTRAP__API_KEY']}"},
        timeout=30,
    )
    span = span_of(collector, "GET /api/v1/datasets/<dataset_id>/documents", path)
    told = tags(span)
    assert (span["kind"], span.get("status", {})) == ("SPAN_KIND_SERVER", {})
    assert told["http.route"] == "/api/v1/datasets/<dataset_id>/documents"
    assert (told["http.request.method"], told["http.response.status_code"]) == ("GET", "200")
    assert (told["service.name"], told["url.full"]) == ("harbour", f"{server.url}{path}")
    statement = inner(collector, span)["sqlite/execute"]
    assert tags(statement)["db.system.name"] == "sqlite"
    assert "?" in tags(statement)["db.query.text"]
    lines = [line for line in server.log.splitlines() if answer.headers["X-Request-Id"] in line]
    assert any(f"trace={trace_of(span)}" in line for line in lines), lines


def trace_of(span: Span) -> str:
    """Return the id of a span's trace in hex: JSON of the protocol has it in base64."""
    return b64decode(span["traceId"]).hex()


def test_a_refusal_is_an_error_and_a_caller_s_trace_goes_on(
    server: Server, collector: OtlpCollector
) -> None:
    caller = f"00-{'a' * 32}-{'b' * 16}-01"
    for header in (caller, "00-x", "\xff"):
        requests.get(
            f"{server.url}/api/v1/chats",
            headers={"traceparent": header.encode("latin-1")},
            timeout=30,
        )

    def goes_on() -> list[Span]:
        return [span for span in collector.told() if trace_of(span) == "a" * 32]

    wait_until(goes_on, "the trace")
    refused = goes_on()[0]
    assert refused["status"]["code"] == "STATUS_CODE_ERROR"
    assert tags(refused)["http.response.status_code"] == "401"


def test_one_trace_leads_from_the_request_to_the_worker(
    server: Server, collector: OtlpCollector
) -> None:
    dataset = server.dataset("tasks")
    [document] = server.upload(dataset, ("a.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    done = span_of(collector, "task:parse")
    asked = span_of(collector, "POST /api/v1/datasets/<dataset_id>/chunks", f"{dataset}/chunks")
    assert done["traceId"] == asked["traceId"]
    assert done["parentSpanId"] == inner(collector, asked)["tasks/enqueue"]["spanId"]
    assert tags(done)["service.instance.id"].startswith("worker-")


def test_a_model_s_answer_belongs_to_the_question(
    server: Server, collector: OtlpCollector, endpoint: ModelEndpoint
) -> None:
    assert list(events(conversation_on(server).ask()))
    told = span_of(collector, "stream")
    asked = span_of(collector, "POST /api/v1/chats/<chat_id>/completions")
    assert told["traceId"] == asked["traceId"]
    assert told["parentSpanId"] == asked["spanId"]
    sent = {name.lower(): value for name, value in endpoint.received[-1].headers.items()}
    call = span_of(collector, "POST", "/chat/completions")
    assert call["parentSpanId"] == told["spanId"]
    assert sent["traceparent"].split("-")[1] == trace_of(told)


def test_what_nobody_asked_for_is_not_traced(server: Server, collector: OtlpCollector) -> None:
    server.data_of("GET", "/datasets")
    span_of(collector, "GET /api/v1/datasets")
    roots = {span["name"] for span in collector.told() if "parentSpanId" not in span}
    known = ("GET ", "POST ", "(no route)", "probe")  # the last is of a program of another test
    assert [name for name in roots if not name.startswith(known)] == []


def test_spans_of_database_redis_and_requests(
    database_kind: str, database_url: str, redis_standalone: Component, collector: OtlpCollector
) -> None:
    with serve() as endpoint:
        redis = f"redis://{redis_standalone.address}/0"
        command = [sys.executable, "-m", "tests.traced"]
        command += [database_url, redis, f"{endpoint.url}/chat", collector.url]
        subprocess.run(command, cwd=ROOT, env={**os.environ}, check=True, timeout=60)
    probe = span_of(collector, "probe")
    spans = inner(collector, probe)
    kind = {"mariadb": "mysql"}.get(database_kind, database_kind)
    assert tags(spans[f"{kind}/execute"])["db.query.text"] == "SELECT 1"
    assert tags(spans["redis/SET"])["server.address"] == redis_standalone.address
    assert tags(spans["POST"])["url.full"].endswith("/chat")


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(tmp_path / "data", extra={"RAGLAN_SERVER__WORKERS": "1"})
    try:
        yield server
    finally:
        end(server)


def ask(server: Server, times: int = 5) -> None:
    """Send a request that is traced."""
    for _ in range(times):
        assert server.call("GET", "/datasets")["code"] == 0


def test_a_collector_that_hangs_or_is_away_harms_nobody(web: WebServer) -> None:
    with otlp_collector() as collector:
        web.extra[SETTING] = collector.url
        web.start()
        ask(web)
        span_of(collector, "GET /api/v1/datasets")
        collector.process.send_signal(signal.SIGSTOP)
        ask(web)
        assert web.stop() == 0
    web.extra[SETTING] = f"http://127.0.0.1:{free_port()}"
    web.start()
    ask(web)
    assert web.stop() == 0
    assert "Traceback" not in web.log
