"""Metrics over all processes of a server, read by Prometheus, on to an alert at a webhook."""

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from api.observability.definitions import DEFINITIONS
from tests.components import (
    Component,
    alertmanager_server,
    program,
    prometheus_server,
    redis_server,
)
from tests.model_endpoint import ModelEndpoint, Reply, serve
from tests.running import KEY, ROOT, Server, end, free_port, server_on, wait_until
from tests.service.web import WebServer, conversation_on, events

pytestmark = pytest.mark.xdist_group("metrics")

RULES = ROOT / "conf" / "prometheus" / "raglan.rules.yml"
SCRAPING = ROOT / "conf" / "prometheus" / "prometheus.yml"
ALERTING = ROOT / "conf" / "prometheus" / "alertmanager.yml"
DASHBOARD = ROOT / "conf" / "grafana" / "raglan.json"

WORDS = "The lighthouse keeper writes into the log how far the lamp was seen. "
LONG_TEXT = "\n".join(f"{number}. {WORDS}" for number in range(40_000)).encode()

COMPARED = re.compile(r"(.+) [<>] [0-9.]+")
"""An alert compares a value with a number."""

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def exporter_port(server: Server) -> int:
    return int(server.extra["RAGLAN_METRICS__PORT"])


def scraped(server: Server) -> str:
    answer = requests.get(f"http://127.0.0.1:{exporter_port(server)}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def samples(server: Server) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(scraped(server))
        for sample in family.samples
    }


def total(server: Server, name: str, **labels: str) -> float:
    """Return a metric, added up over the labels that are not given."""
    chosen = labels.items()
    found = samples(server).items()
    return sum(value for (key, has), value in found if key == name and chosen <= has)


def counters(server: Server) -> Samples:
    """Return what only ever grows."""
    ends = ("_total", "_bucket", "_count", "_sum")
    return {key: value for key, value in samples(server).items() if key[0].endswith(ends)}


def fallen(before: Samples, after: Samples) -> list[Any]:
    return [key for key, value in before.items() if after.get(key, -1) < value]


def listener(server: Server) -> int:
    """Return which process has the exporter's port; 0 if none has."""
    port = exporter_port(server)
    for item in psutil.net_connections("tcp4"):
        if item.status == psutil.CONN_LISTEN and item.laddr.port == port:
            return item.pid or 0
    return 0


def is_exported(server: Server) -> bool:
    try:
        scraped(server)
    except requests.RequestException:
        return False
    return True


PINGS = {"route": "/v1/system/ping", "status": "200"}


def pings(server: Server) -> float:
    return total(server, "raglan_http_requests_total", **PINGS)


def ping(server: Server, times: int) -> None:
    """Ask, and wait until all is counted: an answer is when its client has it already."""
    expected = pings(server) + times
    for _ in range(times):
        assert requests.get(f"{server.url}/v1/system/ping", timeout=30).ok
    wait_until(lambda: pings(server) >= expected, "the pings to be counted")
    assert pings(server) == expected


# --- what processes count, whoever dies --------------------------------------------------------


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


def ingest(server: Server, name: str, content: bytes) -> str:
    dataset = server.dataset(name)
    [document] = server.upload(dataset, (f"{name}.txt", content))
    before = chunks(server)
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    wait_until(lambda: chunks(server) > before, "the chunks to be counted")
    return dataset


def chunks(server: Server) -> float:
    return total(server, "raglan_ingest_chunks_total")


def test_both_ports_tell_the_same_of_all_workers(server: Server) -> None:
    ping(server, 20)
    answer = requests.get(f"{server.url}/metrics", timeout=30)
    assert answer.headers["Content-Type"].startswith("text/plain")
    line = 'raglan_http_requests_total{method="GET",route="/v1/system/ping",status="200"}'
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


# --- where and whether -------------------------------------------------------------------------


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


# --- Prometheus and Alertmanager ---------------------------------------------------------------


@dataclass
class Webhook:
    """Receives what Alertmanager sends."""

    url: str = ""
    alerts: list[dict[str, Any]] = field(default_factory=list)

    def names(self) -> set[str]:
        """Return the names of the alerts that fire."""
        firing = (alert for alert in self.alerts if alert["status"] == "firing")
        return {alert["labels"]["alertname"] for alert in firing}


@pytest.fixture(scope="module")
def webhook() -> Iterator[Webhook]:
    received = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.alerts += json.loads(body)["alerts"]
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield received
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that uses all that there is a metric for."""
    with redis_server() as redis, serve() as endpoint:
        extra = {
            "RAGLAN_REDIS__URL": f"redis://{redis.address}/0",
            "RAGLAN_METRICS__PORT": str(free_port()),
            "RAGLAN_SERVER__GRACEFUL_TIMEOUT": "1",
            "RAGLAN_WORKER__LEASE": "3",
            "RAGLAN_WORKER__MAX_ATTEMPTS": "1",
            "RAGLAN_MODELS__CHAT_MODEL": "talker@Endpoint",
            "RAGLAN_MODELS__CHAT_BASE_URL": endpoint.url,
            "RAGLAN_NACOS__ADDRESS": f"127.0.0.1:{free_port()}",
        }
        with server_on(tmp_path_factory.mktemp("watched") / "data", **extra) as server:
            use(server, endpoint)
            yield server


def use(server: Server, endpoint: ModelEndpoint) -> None:
    """Have a bit of everything happen."""
    wait_until(lambda: is_exported(server), "the exporter")
    server.found(ingest(server, "handbook", WORDS.encode() * 200), "Who keeps the log?")
    conversation = conversation_on(server)
    assert len(list(events(conversation.ask()))) > 1
    endpoint.script.append(Reply(status=400))
    list(events(conversation.ask()))
    server.call("GET", "/datasets", key="wrong")
    login = {"email": "nobody@example.org", "password": "x"}
    assert requests.post(f"{server.url}/v1/user/login", json=login, timeout=30).status_code == 401


@pytest.fixture(scope="module")
def prometheus(watched: Server, webhook: Webhook) -> Iterator[Component]:
    """Run Prometheus and Alertmanager as their examples say, but faster."""
    notify = ALERTING.read_text().replace("http://127.0.0.1:9099/", webhook.url)
    notify = notify.replace("group_wait: 30s", "group_wait: 1s")
    with alertmanager_server(notify) as alertmanager:
        scrape = SCRAPING.read_text().replace(": 15s", ": 500ms")
        scrape = scrape.replace("127.0.0.1:9093", alertmanager.address)
        scrape = scrape.replace("127.0.0.1:8000", f"127.0.0.1:{exporter_port(watched)}")
        with prometheus_server(scrape, RULES) as server:
            yield server


def query(prometheus: Component, expression: str) -> list[dict[str, Any]]:
    url = f"http://{prometheus.address}/api/v1/query"
    answer = requests.post(url, data={"query": expression}, timeout=10).json()
    assert answer["status"] == "success", f"{expression}: {answer}"
    found: list[dict[str, Any]] = answer["data"]["result"]
    return found


def alerts() -> list[dict[str, str]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def charts() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    targets = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    return [expression.replace("$__rate_interval", "1m") for expression in targets]


def test_every_expression_of_alerts_and_dashboard_gets_data(
    watched: Server, prometheus: Component
) -> None:
    compared = [COMPARED.fullmatch(alert["expr"]) for alert in alerts()]
    left = {match[1] for match in compared if match} | set(charts())
    assert all(compared)
    assert len(left) > 60

    def complete() -> bool:
        left.difference_update([item for item in left if query(prometheus, item)])
        return not left

    try:
        wait_until(complete, "data for every expression")
    except AssertionError:
        pytest.fail(f"No data for {sorted(left)}")
    wait_until(lambda: query(prometheus, 'up{job="raglan"} == 1'), "a scrape in time")
    assert watched.is_ready()


def test_an_alert_reaches_a_webhook(
    watched: Server, prometheus: Component, webhook: Webhook
) -> None:
    wait_until(lambda: query(prometheus, 'raglan_tasks{state="dead"} == 0'), "the first scrape")
    dataset = watched.dataset("fatal")
    [document] = watched.upload(dataset, ("long.txt", LONG_TEXT))
    watched.parse(dataset, [document])
    running = {"state": "running"}
    wait_until(lambda: total(watched, "raglan_tasks", **running) == 1, "the task to run")
    [worker] = watched.ingest_workers()
    worker.kill()
    wait_until(lambda: "RaglanTaskDead" in webhook.names(), "the alert at the webhook")
    assert watched.finished(dataset, document)["run"] == "FAIL"
    [alert] = [item for item in webhook.alerts if item["labels"]["alertname"] == "RaglanTaskDead"]
    assert "given up" in alert["annotations"]["summary"]


def test_every_metric_is_told_by_a_server_that_is_used(
    watched: Server, prometheus: Component
) -> None:
    wait_until(lambda: query(prometheus, "raglan_redis_pool_connections"), "the first scrape")
    told = {
        family.name for family in text_string_to_metric_families(scraped(watched)) if family.samples
    }
    assert told == {definition.name.removesuffix("_total") for definition in DEFINITIONS}


@pytest.mark.parametrize(
    ("command", "file"), [("rules", RULES), ("config", SCRAPING)], ids=["rules", "config"]
)
def test_promtool_accepts_the_examples(command: str, file: Path) -> None:
    promtool = program("promtool", "prometheus")
    done = subprocess.run(
        [promtool, "check", command, file], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_amtool_accepts_the_example() -> None:
    amtool = program("amtool", "prometheus-alertmanager")
    done = subprocess.run(
        [amtool, "check-config", ALERTING], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_shows_every_metric() -> None:
    text = DASHBOARD.read_text()
    assert [item.name for item in DEFINITIONS if item.name not in text] == []


def test_the_examples_ask_at_the_default_port() -> None:
    conf = yaml.safe_load((ROOT / "conf" / "service_conf.yaml").read_text())
    assert conf["metrics"] == {"enabled": True, "host": "127.0.0.1", "port": 8000}
    assert KEY not in SCRAPING.read_text()
