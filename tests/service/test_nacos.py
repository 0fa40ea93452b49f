"""A whole server that is found through a real Nacos, whatever dies."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.command import RAGLAN
from tests.nacos import Nacos, nacos_port
from tests.running import KEY, ROOT, Server, end, free_port, server_on, wait_until
from tests.service.web import WebServer

pytestmark = pytest.mark.xdist_group("nacos")

HEARTBEAT = {"RAGLAN_NACOS__HEARTBEAT": "0.3"}
STOP_SECONDS = 2.0
SHOWN = {"name", "boot_at", "now", "address", "service", "instance"}
SHOWN |= {"registered", "since", "last_heartbeat", "last_error"}
LOST = "nacos: consumers that look there do not find this server"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, nacos: Nacos) -> Iterator[Server]:
    settings = {
        **nacos.settings,
        "RAGLAN_NACOS__CLUSTER": "HARBOUR",
        "RAGLAN_NACOS__WEIGHT": "2.5",
        "RAGLAN_METRICS__PORT": str(free_port()),
        **HEARTBEAT,
    }
    with server_on(tmp_path_factory.mktemp("nacos") / "data", **settings) as running:
        yield running


@pytest.fixture
def registered(server: Server, nacos: Nacos) -> Server:
    """Return a server that is found and knows it."""
    wait_until(lambda: found_at(nacos) == [("127.0.0.1", server.port)], "the registration")
    wait_until(lambda: readiness(server)["status"] == "ready", "the server to know it")
    return server


def found_at(nacos: Nacos) -> list[tuple[str, int]]:
    return nacos.addresses(cluster="HARBOUR")


def readiness(server: Server) -> dict[str, Any]:
    answer = requests.get(f"{server.url}/ready", timeout=30)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def registrars(server: Server) -> list[psutil.Process]:
    found = server.running("api.registrar")
    return [item for item in found if "setpriv" not in item.name()]


def loads_grpc(process: psutil.Process) -> bool:
    """Return whether a process has loaded what the SDK speaks with."""
    try:
        return any("/grpc/" in item.path for item in process.memory_maps())
    except psutil.Error:  # it has ended meanwhile
        return False


def status(server: Server) -> dict[str, Any]:
    """Return what the system page shows of Nacos."""
    return dict(server.data_of("GET", "/system/status")["nacos"])


def gauge(server: Server) -> float | None:
    """Return the metric; None where there is none."""
    lines = requests.get(f"{server.url}/metrics", timeout=30).text.splitlines()
    values = [line.split()[1] for line in lines if line.startswith("raglan_nacos_registered ")]
    return float(values[0]) if values else None


def doctor(server: Server, **variables: str) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [RAGLAN, "doctor", "--json"],
        env=server.environment | variables,
        capture_output=True,
        check=False,
        timeout=60,
    )
    return {part["part"]: part for part in json.loads(done.stdout)}


def test_consumers_find_it_with_all_that_was_set(registered: Server, nacos: Nacos) -> None:
    [host] = nacos.listed(cluster="HARBOUR")
    assert (host["ip"], host["port"]) == ("127.0.0.1", registered.port)
    assert (host["weight"], host["ephemeral"], host["healthy"]) == (2.5, True, True)
    assert host["clusterName"] == "HARBOUR"
    assert host["metadata"]["version"] == version("raglan")
    found = f"http://{host['ip']}:{host['port']}{host['metadata']['api']}/datasets"
    headers = {"Authorization": f"Bearer {KEY}"}
    assert requests.get(found, headers=headers, timeout=30).json()["code"] == 0


def test_the_sdk_is_loaded_by_the_registrar_alone(registered: Server) -> None:
    """It would stop the hub of a web worker."""
    [registrar] = registrars(registered)
    assert loads_grpc(registrar)
    assert [item for item in registered.tree() if loads_grpc(item)] == [registrar]


def test_kill_of_all_web_workers_leaves_one_registration(registered: Server, nacos: Nacos) -> None:
    wait_until(lambda: len(registered.web_workers()) == 2, "both web workers")
    for worker in registered.web_workers():
        worker.kill()
    wait_until(registered.is_ready, "the server to be ready")
    wait_until(lambda: found_at(nacos), "the registration")
    assert found_at(nacos) == [("127.0.0.1", registered.port)]
    assert len(registrars(registered)) == 1


def test_kill_of_the_registrar_brings_another(registered: Server, nacos: Nacos) -> None:
    [registrar] = registrars(registered)
    told = registered.log.count("Registered 127.0.0.1")
    registrar.kill()
    wait_until(
        lambda: [r.pid for r in registrars(registered)] not in ([], [registrar.pid]),
        "another registrar",
    )
    wait_until(lambda: registered.log.count("Registered 127.0.0.1") > told, "its registration")
    wait_until(lambda: found_at(nacos), "the registration")
    assert found_at(nacos) == [("127.0.0.1", registered.port)]


def test_the_system_page_shows_the_registrar_without_secrets(
    registered: Server, nacos: Nacos
) -> None:
    shown = status(registered)
    assert shown["status"] == "green"
    [record] = shown["registrars"].values()
    assert record["registered"] is True
    assert record["address"] == nacos.address
    assert (record["service"], record["instance"]) == ("raglan", f"127.0.0.1:{registered.port}")
    assert record["since"] <= record["last_heartbeat"]
    assert set(record) == SHOWN
    assert gauge(registered) == 1


def test_a_restart_of_nacos_costs_nothing_but_being_found(registered: Server, nacos: Nacos) -> None:
    nacos.stop()
    try:
        wait_until(lambda: readiness(registered)["status"] == "degraded", "the loss to be told", 10)
        assert readiness(registered)["reasons"] == [LOST]
        part = readiness(registered)["parts"]["nacos"]
        assert part["error"].startswith("Not registered since 20")
        assert nacos.address in part["error"]
        assert status(registered)["status"] == "red"
        assert gauge(registered) == 0
        assert LOST in doctor(registered)["server"]["found"]
        assert registered.data_of("GET", "/datasets") == []
    finally:
        nacos.start()
    wait_until(lambda: found_at(nacos), "the registration")
    wait_until(lambda: readiness(registered)["status"] == "ready", "the return to be told")
    assert found_at(nacos) == [("127.0.0.1", registered.port)]
    assert gauge(registered) == 1


def test_doctor_looks_at_it(registered: Server) -> None:
    part = doctor(registered)["nacos"]
    assert part["ok"], part
    assert f"127.0.0.1:{registered.port} is registered" in part["found"]


def test_doctor_tells_what_is_not_registered(registered: Server) -> None:
    elsewhere = {"RAGLAN_NACOS__SERVICE_NAME": "elsewhere"}
    away = {"RAGLAN_NACOS__ADDRESS": f"127.0.0.1:{nacos_port()}"}
    for variables, why in ((elsewhere, "does not list"), (away, "does not answer")):
        part = doctor(registered, **variables)["nacos"]
        assert part["ok"] is False
        assert why in part["found"]
        assert "registrar" in part["advice"]


def test_a_server_that_stops_is_taken_out(tmp_path: Path, nacos: Nacos) -> None:
    settings = {
        **nacos.settings,
        "RAGLAN_NACOS__SERVICE_NAME": "stopping",
        "RAGLAN_SERVER__WORKERS": "1",  # gunicorn does not tell a worker that is just being born
    }
    with server_on(tmp_path / "data", **settings, **HEARTBEAT) as server:
        wait_until(lambda: nacos.addresses("stopping"), "the registration")
        assert server.process is not None
        begun = time.monotonic()
        server.process.terminate()
        wait_until(lambda: not nacos.addresses("stopping"), "the deregistration")
        assert time.monotonic() - begun < STOP_SECONDS
        assert server.process.wait(timeout=30) == 0


def test_a_web_server_without_a_registrar_says_that_nobody_finds_it(tmp_path: Path) -> None:
    """As where somebody starts gunicorn by hand."""
    alone = WebServer(tmp_path / "data", extra={"RAGLAN_NACOS__ADDRESS": "127.0.0.1:1"})
    try:
        alone.start()
        assert readiness(alone)["reasons"] == [LOST]
        assert "has not reported" in readiness(alone)["parts"]["nacos"]["error"]
    finally:
        end(alone)


def test_without_an_address_there_is_nothing_of_nacos(tmp_path: Path) -> None:
    with server_on(tmp_path / "data") as server:
        assert "nacos" not in readiness(server)["parts"]
        unused = {"type": "nacos", "status": "unused", "elapsed": "0", "registrars": {}}
        assert status(server) == unused
        assert gauge(server) is None
        assert registrars(server) == []
        wait_until(server.ingest_workers, "the worker")
        assert [item for item in server.tree() if loads_grpc(item)] == []


def test_nothing_of_nacos_is_loaded_without_an_address() -> None:
    """Neither by the web server nor by a worker nor by the command line."""
    program = (
        "import sys, api.apps, api.lifecycle.hooks, api.worker, api.cli.main\n"
        "print([name for name in ('v2', 'grpc', 'aiohttp', 'Tea') if name in sys.modules])"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == "[]"
