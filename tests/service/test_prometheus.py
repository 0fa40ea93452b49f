"""Metrics read by Prometheus, on to an alert at a webhook, as the examples in `conf` say."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

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
from tests.running import KEY, ROOT, Server, free_port, server_on, wait_until
from tests.service.scraping import WORDS, exporter_port, ingest, is_exported, scraped, total
from tests.service.web import conversation_on, events

pytestmark = pytest.mark.xdist_group("prometheus")

RULES = ROOT / "conf" / "prometheus" / "raglan.rules.yml"
SCRAPING = ROOT / "conf" / "prometheus" / "prometheus.yml"
ALERTING = ROOT / "conf" / "prometheus" / "alertmanager.yml"
DASHBOARD = ROOT / "conf" / "grafana" / "raglan.json"

LONG_TEXT = "\n".join(f"{number}. {WORDS}" for number in range(40_000)).encode()

COMPARED = re.compile(r"(.+) [<>] [0-9.]+")
"""An alert compares a value with a number."""


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
            """Log nothing."""

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
    """Use a bit of everything."""
    wait_until(lambda: is_exported(server), "the exporter")
    server.found(ingest(server, "handbook", WORDS.encode() * 200), "Who keeps the log?")
    conversation = conversation_on(server)
    assert len(list(events(conversation.ask()))) > 1
    endpoint.script.append(Reply(status=400))
    list(events(conversation.ask()))
    server.call("GET", "/datasets", key="wrong")
    login = {"email": "nobody@example.org", "password": "x"}
    answer = requests.post(f"{server.url}/v1/user/login", json=login, timeout=30)
    assert answer.json()["code"] == 109


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
