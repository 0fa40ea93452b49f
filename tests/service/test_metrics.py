"""Metrics over all processes of a server, whoever of them dies, and where they are told."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from tests.components import program
from tests.running import Server, end, free_port, server_on, wait_until
from tests.service.scraping import (
    WORDS,
    chunks,
    counters,
    fallen,
    ingest,
    is_exported,
    listener,
    scraped,
    total,
)
from tests.service.web import WebServer

pytestmark = pytest.mark.xdist_group("metrics")

PINGS = {"route": "/v1/system/ping", "status": "200"}


def pings(server: Server) -> float:
    return total(server, "raglan_http_requests_total", **PINGS)


def ping(server: Server, times: int) -> None:
    """Send requests, and wait until all are counted: clients have their answers before."""
    expected = pings(server) + times
    for _ in range(times):
        assert requests.get(f"{server.url}/v1/system/ping", timeout=30).ok
    wait_until(lambda: pings(server) >= expected, "the pings to be counted")
    assert pings(server) == expected


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("counted") / "data"
    port = str(free_port())
    with server_on(data, RAGLAN_METRICS__PORT=port, RAGLAN_SERVER__GRACEFUL_TIMEOUT="1") as server:
        wait_until(lambda: is_exported(server), "the exporter")
        ingest(server, "first", b"A lighthouse keeper keeps a lighthouse.")
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """Return a server of which all processes run."""
    wait_until(lambda: len(running.web_workers()) == 2, "two web workers")
    wait_until(lambda: is_exported(running), "the exporter")
    wait_until(lambda: total(running, "raglan_processes", role="worker") == 1, "a worker")
    return running


def test_both_ports_tell_the_same_of_all_workers(server: Server) -> None:
    ping(server, 20)
    answer = requests.get(f"{server.url}/metrics", timeout=30)
    assert answer.headers["Content-Type"].startswith("text/plain")
    line = 'raglan_http_requests_total{code="0",method="GET",route="/v1/system/ping",status="200"}'
    assert f"{line} {pings(server)}" in answer.text
    assert total(server, "raglan_processes", role="web") == 2


def test_labels_hold_no_ids_and_nothing_that_anybody_makes_up(server: Server) -> None:
    dataset = server.dataset("labels")
    server.found(dataset, "anything")
    requests.get(f"{server.url}/api/v1/datasets/{dataset}/documents", timeout=30)
    requests.get(f"{server.url}/made/up", timeout=30)
    requests.request("BREW", f"{server.url}/made/up", timeout=30)
    text = scraped(server)
    assert dataset not in text
    assert "made" not in text
    assert "BREW" not in text
    assert 'method="other",route="unmatched"' in text
    assert 'route="/api/v1/datasets/<dataset_id>/documents",status="401"' in text


def test_promtool_finds_nothing_to_complain_about(server: Server) -> None:
    promtool = program("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "check", "metrics"],
        check=False,
        input=scraped(server),
        text=True,
        capture_output=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_counts_outlive_a_killed_web_worker_once(server: Server) -> None:
    ping(server, 10)
    before = counters(server)
    pinged = pings(server)
    victim = next(item for item in server.web_workers() if item.pid != listener(server))
    victim.kill()
    wait_until(lambda: not victim.is_running(), "the end of the worker")
    wait_until(lambda: len(server.web_workers()) == 2, "another worker")
    wait_until(lambda: total(server, "raglan_processes", role="web") == 2, "two live workers")
    assert not fallen(before, counters(server))
    assert pings(server) == pinged
    ping(server, 10)
    assert total(server, "raglan_http_requests_in_flight") == 0


def test_another_worker_takes_the_port_when_its_owner_is_killed(server: Server) -> None:
    ping(server, 10)
    before = counters(server)
    pinged = pings(server)
    owner = listener(server)
    os.kill(owner, signal.SIGKILL)
    wait_until(lambda: listener(server) not in {0, owner}, "another owner of the port", 5)
    wait_until(lambda: is_exported(server), "the exporter", 5)
    assert not fallen(before, counters(server))
    assert pings(server) == pinged


def test_hup_loses_and_doubles_nothing(server: Server) -> None:
    ping(server, 10)
    before = counters(server)
    pinged = pings(server)
    old = {worker.pid for worker in server.web_workers()}
    [master] = {worker.ppid() for worker in server.web_workers()}
    os.kill(master, signal.SIGHUP)
    wait_until(lambda: not old & {worker.pid for worker in server.web_workers()}, "new workers")
    wait_until(lambda: listener(server) not in {0, *old}, "another owner of the port")
    wait_until(lambda: total(server, "raglan_processes", role="web") == 2, "two live workers")
    assert not fallen(before, counters(server))
    assert pings(server) == pinged


def test_counts_outlive_a_killed_ingest_worker_once(server: Server) -> None:
    ingest(server, "before", WORDS.encode())
    before = counters(server)
    counted = chunks(server)
    [victim] = server.ingest_workers()
    victim.kill()
    wait_until(lambda: not victim.is_running(), "the end of the worker")
    assert total(server, "raglan_processes", role="worker") == 0
    assert total(server, "raglan_process_resident_memory_bytes", role="worker") == 0
    assert not fallen(before, counters(server))
    wait_until(lambda: total(server, "raglan_processes", role="worker") == 1, "another worker")
    assert chunks(server) == counted
    ingest(server, "after", WORDS.encode())
    assert chunks(server) == counted + 1


def test_counts_go_on_after_a_restart(server: Server) -> None:
    ping(server, 10)
    before = counters(server)
    pinged = pings(server)
    server.stop()
    server.start()
    wait_until(lambda: is_exported(server), "the exporter")
    assert not fallen(before, counters(server))
    assert pings(server) == pinged
    wait_until(lambda: total(server, "raglan_processes", role="web") == 2, "two live workers")
    # What the dead left is added up, and their files are gone: 2 + 1 processes with 4 files each.
    assert len(list((server.data / "metrics").glob("*.db"))) <= 2 + 3 * 4


def test_a_worker_that_stands_still_does_not_keep_others_from_telling(server: Server) -> None:
    still = next(item for item in server.web_workers() if item.pid != listener(server))
    still.suspend()
    try:
        assert total(server, "raglan_processes", role="web") == 2
    finally:
        still.resume()


@contextmanager
def web_server(data: Path, **extra: str) -> Iterator[WebServer]:
    server = WebServer(
        data, extra={"RAGLAN_SERVER__WORKERS": "1", "RAGLAN_SERVER__GRACEFUL_TIMEOUT": "1", **extra}
    )
    try:
        server.start()
        yield server
    finally:
        end(server)


def test_metrics_can_be_off(tmp_path: Path) -> None:
    extra = {"RAGLAN_METRICS__ENABLED": "false", "RAGLAN_METRICS__PORT": str(free_port())}
    with web_server(tmp_path / "data", **extra) as server:
        assert requests.get(f"{server.url}/metrics", timeout=30).status_code == 404
        assert listener(server) == 0
        assert not (server.data / "metrics").exists()


def test_the_exporter_may_listen_elsewhere_and_waits_for_its_port(tmp_path: Path) -> None:
    port = free_port()
    extra = {"RAGLAN_METRICS__HOST": "127.0.0.2", "RAGLAN_METRICS__PORT": str(port)}
    with ExitStack() as stack:
        squatter = stack.enter_context(
            ThreadingHTTPServer(("127.0.0.2", port), BaseHTTPRequestHandler)
        )
        server = stack.enter_context(web_server(tmp_path / "data", **extra))
        wait_until(lambda: "own port alone" in server.log, "the warning")
        assert requests.get(f"{server.url}/metrics", timeout=30).ok
        squatter.server_close()
        url = f"http://127.0.0.2:{port}"
        wait_until(lambda: f"Metrics are at {url}/metrics" in server.log, "the exporter")
        assert "raglan_build_info" in requests.get(f"{url}/metrics", timeout=30).text
        assert requests.get(f"{url}/v1/system/ping", timeout=30).status_code == 404
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/metrics", timeout=30)
