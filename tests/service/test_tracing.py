"""Traces of real processes, as a SkyWalking collector gets them."""

import os
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.collecting import Collector, trace_collector
from tests.components import Component
from tests.model_endpoint import serve
from tests.running import ROOT, Server, end, free_port, server_on, wait_until
from tests.service.web import WebServer, conversation_on, events, web_server_on

VARIABLE = "SW_AGENT_COLLECTOR_BACKEND_SERVICES"
LIST = "GET:/api/v1/datasets"

Span = dict[str, Any]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with trace_collector() as running:
        yield running


def operations(collector: Collector) -> list[str]:
    """Return what the segments begin with."""
    return [segment["spans"][-1]["operationName"] for segment in collector.segments()]


def segment_of(collector: Collector, operation: str, path: str = "") -> dict[str, Any]:
    """Wait for the segment that begins with an operation, and with a request of a path."""

    def found() -> list[dict[str, Any]]:
        named = [s for s in collector.segments() if s["spans"][-1]["operationName"] == operation]
        return [s for s in named if not path or tags(s["spans"][-1])["http.url"].endswith(path)]

    wait_until(found, operation)
    return found()[-1]


def tags(span: Span) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in span["tags"]}


def exits(segment: dict[str, Any]) -> dict[str, Span]:
    return {
        span["operationName"]: span for span in segment["spans"] if span.get("spanType") == "Exit"
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[Server]:
    extra = {VARIABLE: collector.address, "SW_AGENT_NAME": "harbour"}
    with server_on(tmp_path_factory.mktemp("traced") / "data", **extra) as running:
        yield running


def test_a_route_is_an_entry_span_named_after_it(server: Server, collector: Collector) -> None:
    dataset = server.dataset("routes")
    server.data_of("GET", f"/datasets/{dataset}/documents")
    path = f"/datasets/{dataset}/documents"
    segment = segment_of(collector, "GET:/api/v1/datasets/<dataset_id>/documents", path)
    assert segment["service"] == "harbour"
    span = segment["spans"][-1]
    assert span.get("spanType", "Entry") == "Entry"
    assert span["spanLayer"] == "Http"
    assert not span.get("isError")
    assert tags(span) == {
        "http.method": "GET",
        "http.url": f"{server.url}/api/v1/datasets/{dataset}/documents",
        "http.status_code": "200",
    }
    assert "SQLite/execute" in exits(segment)


def test_a_refusal_is_an_error_and_a_bad_address_no_route(
    server: Server, collector: Collector
) -> None:
    requests.get(f"{server.url}/api/v1/chats", timeout=30)
    requests.get(f"{server.url}/no/such/address", timeout=30)
    refused = segment_of(collector, "GET:/api/v1/chats")["spans"][-1]
    assert (refused["isError"], tags(refused)["http.status_code"]) == (True, "401")
    unknown = segment_of(collector, "(no route)")["spans"][-1]
    assert (unknown["isError"], tags(unknown)["http.status_code"]) == (True, "404")


def test_one_trace_leads_from_the_request_to_the_worker(
    server: Server, collector: Collector
) -> None:
    dataset = server.dataset("tasks")
    [document] = server.upload(dataset, ("a.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    asked = segment_of(collector, "POST:/api/v1/datasets/<dataset_id>/chunks", f"{dataset}/chunks")
    done = segment_of(collector, "task:parse")
    assert done["traceId"] == asked["traceId"]
    assert done["serviceInstance"].startswith("worker-")
    assert asked["serviceInstance"].startswith("web-")
    [reference] = done["spans"][-1]["refs"]
    assert reference["parentTraceSegmentId"] == asked["traceSegmentId"]
    assert reference["parentSpanId"] == exits(asked)["tasks/enqueue"]["spanId"]


def test_a_callers_trace_goes_on(server: Server, collector: Collector) -> None:
    caller = "1-dHJhY2U=-c2VnbWVudA==-3-Y2FsbGVy-aW5zdGFuY2U=-L2NhbGw=-cmFnbGFu"
    server.data_of("GET", "/datasets", headers={"sw8": caller})
    wait_until(lambda: "trace" in [s["traceId"] for s in collector.segments()], "the trace")


@pytest.mark.parametrize("header", ["1-%-%-x-%-%-%-%", "1-/w==-/w==-0-/w==-/w==-/w==-/w==", "x"])
def test_a_damaged_header_harms_no_request(server: Server, header: str) -> None:
    assert server.call("GET", "/datasets", headers={"sw8": header})["code"] == 0


def test_what_nobody_asked_for_is_not_traced(server: Server, collector: Collector) -> None:
    """The lease, looks for tasks, and the jobs in the background go on all the time."""
    server.data_of("GET", "/datasets")
    segment_of(collector, LIST)
    known = {"GET", "POST", "(no route)", "stream", "task", "probe"}
    assert {operation.partition(":")[0] for operation in operations(collector)} <= known


def test_a_models_answer_belongs_to_the_question(tmp_path: Path, collector: Collector) -> None:
    with (
        serve() as endpoint,
        web_server_on(tmp_path / "data", endpoint, **{VARIABLE: collector.address}) as server,
    ):
        assert list(events(conversation_on(server).ask()))
        told = segment_of(collector, "stream")
        asked = segment_of(collector, "POST:/api/v1/chats/<chat_id>/completions")
        assert told["traceId"] == asked["traceId"]
        [call] = [span for span in told["spans"] if span.get("spanLayer") == "Http"]
        assert call["peer"] == endpoint.url.removeprefix("http://").partition("/")[0]
        assert call["operationName"].endswith("/chat/completions")
        sent = {name.lower(): value for name, value in endpoint.received[-1].headers.items()}
        assert sent["sw8"].split("-")[1] == b64encode(told["traceId"].encode()).decode()


TRACED = (sys.executable, "-m", "tests.traced")

DRIVERS = {
    "sqlite": ("SQLite", "SQLite/execute"),
    "postgresql": ("PostgreSQL", "PostgreSQL/execute"),
    "mariadb": ("Mysql", "Mysql/execute"),
}


def test_exit_spans_of_database_redis_and_requests(
    database_kind: str, database_url: str, redis_standalone: Component, collector: Collector
) -> None:
    with serve() as endpoint:
        subprocess.run(
            [
                *TRACED,
                database_url,
                f"redis://{redis_standalone.address}/0",
                f"{endpoint.url}/chat",
            ],
            cwd=ROOT,
            env={**os.environ, VARIABLE: collector.address, "SW_AGENT_NAME": database_kind},
            check=True,
            timeout=60,
        )
        wait_until(
            lambda: database_kind in [s["service"] for s in collector.segments()], "the trace"
        )
        [segment] = [s for s in collector.segments() if s["service"] == database_kind]
        spans = exits(segment)
        kind, operation = DRIVERS[database_kind]
        assert tags(spans[operation])["db.type"] == kind
        assert tags(spans[operation])["db.statement"] == "SELECT 1"
        if database_kind != "sqlite":
            assert f"@{spans[operation]['peer']}/" in database_url
        assert spans["Redis/SET"]["peer"] == redis_standalone.address
        path = next(name for name in spans if name.endswith("/chat"))
        assert tags(spans[path])["http.method"] == "POST"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(tmp_path / "data", extra={"RAGLAN_SERVER__WORKERS": "1"})
    try:
        yield server
    finally:
        end(server)


def ask(server: Server, times: int = 5) -> None:
    """Send a request that is traced, and return its answer."""
    for _ in range(times):
        assert server.call("GET", "/datasets")["code"] == 0


def test_a_collector_that_hangs_and_dies_harms_nobody(web: WebServer) -> None:
    with trace_collector() as collector:
        web.extra[VARIABLE] = collector.address
        web.start()
        ask(web)
        segment_of(collector, LIST)
        collector.process.send_signal(signal.SIGSTOP)
        ask(web)
        assert web.stop() == 0
        web.start()
        ask(web)
    ask(web)
    assert web.stop() == 0
    assert "Traceback" not in web.log


def test_a_collector_that_is_away_harms_nobody(web: WebServer) -> None:
    web.extra[VARIABLE] = f"127.0.0.1:{free_port()}"
    web.start()
    ask(web)
    wait_until(lambda: "skywalking: Exception in segment service" in web.log, "the warning")
    ask(web)
    assert web.stop() == 0
    assert "Traceback" not in web.log


def test_an_agent_that_cannot_start_harms_nobody(web: WebServer) -> None:
    web.extra |= {VARIABLE: f"127.0.0.1:{free_port()}", "SW_SAMPLE_N_PER_3_SECS": "many"}
    web.start()
    ask(web)
    assert "Tracing failed, and the work goes on without it" in web.log
    assert web.stop() == 0


def test_a_sample_is_of_requests(web: WebServer) -> None:
    with trace_collector() as collector:
        web.extra |= {VARIABLE: collector.address, "SW_SAMPLE_N_PER_3_SECS": "2"}
        web.start()
        ask(web, 50)
        wait_until(collector.segments, "a segment")
        assert web.stop() == 0
        assert 0 < len(collector.segments()) < 25


def test_nothing_of_it_is_loaded_without_a_collector(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom api.container import build\n"
        "from api.config.sources import load_settings\n"
        "services = build(load_settings())\n"
        "services.tracer.start('web', services.database)\n"
        "services.defects.start('web')\n"
        "unused = ('skywalking', 'grpc', 'opentelemetry.sdk', 'sentry_sdk')\n"
        "print(services.tracer.is_on, [n for n in unused if n in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=Server(tmp_path / "data").environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == "False []"
