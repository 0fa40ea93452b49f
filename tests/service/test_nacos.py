"""Registration with a real Nacos server, found by a client of its own over another protocol."""

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests.command import RAGLAN
from tests.components import Component
from tests.nacos import nacos_port, nacos_server
from tests.running import ROOT, Server, free_port, server_on, wait_until

HEARTBEAT = {"RAGLAN_NACOS__HEARTBEAT": "0.3"}
STOP_SECONDS = 2.0
STARTS = 10
KEEPER = {"username": "keeper", "password": "a lamp of whale oil"}


def listed(nacos_port: int, service: str = "raglan", **query: str) -> list[dict[str, Any]]:
    """Return the instances that a consumer is told of, over HTTP."""
    answer = requests.get(
        f"http://127.0.0.1:{nacos_port}/nacos/v1/ns/instance/list",
        params={"serviceName": service, "healthyOnly": "true", **query},
        timeout=5,
    )
    return list(answer.json().get("hosts") or []) if answer.ok else []


def addresses(nacos_port: int, **query: str) -> list[tuple[str, int]]:
    return [(host["ip"], host["port"]) for host in listed(nacos_port, **query)]


class Readiness(http.server.BaseHTTPRequestHandler):
    """Answers as a web server does that is asked whether it is ready."""

    def do_GET(self) -> None:
        self.send_response(200 if self.server.is_ready else 503)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@dataclass
class Registrar:
    """A registrar process beside something that answers for a web server."""

    process: "subprocess.Popen[bytes]"
    web: http.server.ThreadingHTTPServer
    log_file: Path

    @property
    def port(self) -> int:
        return self.web.server_address[1]

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    def set_ready(self, *, ready: bool) -> None:
        self.web.is_ready = ready  # type: ignore[attr-defined]

    def stop(self) -> float:
        """Send TERM; return how many seconds the end took."""
        begun = time.monotonic()
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0, self.log
        return time.monotonic() - begun


@contextmanager
def registrar_of(
    folder: Path, address: object, *, ready: bool = True, prefix: tuple[str, ...] = (), **extra: str
) -> Iterator[Registrar]:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Readiness)
    web.is_ready = ready  # type: ignore[attr-defined]
    answering = threading.Thread(target=web.serve_forever, args=(0.05,))
    answering.start()
    settings = {"RAGLAN_NACOS__ADDRESS": str(address), **HEARTBEAT, **extra}
    environment = Server(folder / "data", port=web.server_address[1], extra=settings).environment
    with (folder / "registrar.log").open("ab") as log:
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "api.registrar"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Registrar(process, web, folder / "registrar.log")
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        finally:
            process.kill()
            process.wait()
        web.shutdown()
        answering.join()
        web.server_close()


@pytest.fixture(scope="module")
def nacos() -> Iterator[Component]:
    with nacos_server() as server:
        yield server


@pytest.fixture
def service(request: pytest.FixtureRequest) -> dict[str, str]:
    """Name a service after the test: they share a server."""
    return {"RAGLAN_NACOS__SERVICE_NAME": request.node.name}


@pytest.fixture
def find(nacos: Component, service: dict[str, str]) -> Callable[[], list[tuple[str, int]]]:
    name = service["RAGLAN_NACOS__SERVICE_NAME"]
    return lambda: addresses(nacos.port, service=name)


Find = Callable[[], list[tuple[str, int]]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, nacos: Component) -> Iterator[Server]:
    settings = {
        "RAGLAN_NACOS__ADDRESS": nacos.address,
        "RAGLAN_NACOS__CLUSTER": "HARBOUR",
        "RAGLAN_NACOS__WEIGHT": "2.5",
        **HEARTBEAT,
    }
    with server_on(tmp_path_factory.mktemp("nacos") / "data", **settings) as running:
        wait_until(lambda: listed(nacos.port), "the registration")
        yield running


def test_consumers_find_it_with_all_that_was_set(server: Server, nacos: Component) -> None:
    [host] = listed(nacos.port, clusters="HARBOUR")
    assert (host["ip"], host["port"]) == ("127.0.0.1", server.port)
    assert (host["weight"], host["ephemeral"], host["healthy"]) == (2.5, True, True)
    assert host["clusterName"] == "HARBOUR"
    assert host["metadata"]["version"] == version("raglan")
    found = f"http://{host['ip']}:{host['port']}{host['metadata']['api']}/datasets"
    assert requests.get(found, timeout=5).json()["code"] != 0  # it answers, and wants a key


def test_kill_of_all_web_workers_leaves_one_registration(server: Server, nacos: Component) -> None:
    wait_until(lambda: len(server.web_workers()) == 2, "both web workers")
    for worker in server.web_workers():
        worker.kill()
    wait_until(server.is_ready, "the server to be ready")
    wait_until(lambda: listed(nacos.port), "the registration")
    assert addresses(nacos.port) == [("127.0.0.1", server.port)]
    assert len(registrars(server)) == 1


def test_kill_of_the_registrar_brings_another(server: Server, nacos: Component) -> None:
    [registrar] = registrars(server)
    registrar.kill()
    wait_until(
        lambda: [r.pid for r in registrars(server)] not in ([], [registrar.pid]),
        "another registrar",
    )
    wait_until(lambda: server.log.count("Registered 127.0.0.1") >= 2, "its registration")
    wait_until(lambda: listed(nacos.port), "the registration")
    assert addresses(nacos.port) == [("127.0.0.1", server.port)]


def test_doctor_looks_at_it(server: Server) -> None:
    doctor = subprocess.run(
        [RAGLAN, "doctor", "--json"],
        env=server.environment,
        capture_output=True,
        check=False,
        timeout=60,
    )
    [part] = [part for part in json.loads(doctor.stdout) if part["part"] == "nacos"]
    assert part["ok"], part
    assert f"127.0.0.1:{server.port} is registered" in part["found"]


def test_doctor_tells_what_is_not_registered(server: Server) -> None:
    elsewhere = {"RAGLAN_NACOS__SERVICE_NAME": "elsewhere"}
    away = {"RAGLAN_NACOS__ADDRESS": f"127.0.0.1:{nacos_port()}"}
    for variables, why in ((elsewhere, "does not list"), (away, "does not answer")):
        doctor = subprocess.run(
            [RAGLAN, "doctor", "--json"],
            env=server.environment | variables,
            capture_output=True,
            check=False,
            timeout=60,
        )
        [part] = [part for part in json.loads(doctor.stdout) if part["part"] == "nacos"]
        assert part["ok"] is False
        assert why in part["found"]
        assert "registrar" in part["advice"]


def registrars(server: Server) -> list[psutil.Process]:
    found = server.running("api.registrar")
    return [item for item in found if "setpriv" not in item.name()]


def test_a_server_that_stops_is_taken_out(tmp_path: Path, nacos: Component) -> None:
    settings = {
        "RAGLAN_NACOS__ADDRESS": nacos.address,
        "RAGLAN_NACOS__SERVICE_NAME": "stopping",
        "RAGLAN_SERVER__WORKERS": "1",  # gunicorn does not tell a worker that is just being born
    }
    with server_on(tmp_path / "data", **settings, **HEARTBEAT) as server:
        wait_until(lambda: addresses(nacos.port, service="stopping"), "the registration")
        assert server.process is not None
        begun = time.monotonic()
        server.process.terminate()
        wait_until(lambda: not addresses(nacos.port, service="stopping"), "the deregistration")
        assert time.monotonic() - begun < STOP_SECONDS
        assert server.process.wait(timeout=30) == 0


def test_only_a_ready_server_is_listed(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    with registrar_of(tmp_path, nacos.address, ready=False, **service) as registrar:
        wait_until(lambda: "Connected to Nacos" in registrar.log, "the connection")
        assert find() == []
        registrar.set_ready(ready=True)
        wait_until(find, "the registration")
        registrar.set_ready(ready=False)
        wait_until(lambda: not find(), "the deregistration")
        registrar.set_ready(ready=True)
        wait_until(find, "another registration")
        assert registrar.stop() < STOP_SECONDS
        assert find() == []


def test_what_the_server_forgets_is_registered_again(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    with registrar_of(tmp_path, nacos.address, **service) as registrar:
        wait_until(find, "the registration")
        forgotten = requests.delete(
            f"http://{nacos.address}/nacos/v1/ns/instance",
            params={
                "serviceName": service["RAGLAN_NACOS__SERVICE_NAME"],
                "ip": "127.0.0.1",
                "port": str(registrar.port),
                "clusterName": "DEFAULT",
                "ephemeral": "true",
            },
            timeout=5,
        )
        assert forgotten.ok, forgotten.text
        wait_until(lambda: registrar.log.count("Registered ") == 2, "another registration")
        wait_until(find, "the registration")


def test_a_nacos_that_comes_late_and_restarts_is_registered_with(tmp_path: Path) -> None:
    port = nacos_port()
    with registrar_of(tmp_path, f"127.0.0.1:{port}") as registrar:
        wait_until(lambda: "do not find this server" in registrar.log, "the first failure")
        with nacos_server(port):
            wait_until(lambda: addresses(port), "the registration")
        wait_until(lambda: "is lost" in registrar.log, "the loss to be noticed")
        with nacos_server(port):
            wait_until(lambda: addresses(port), "another registration")
            assert addresses(port) == [("127.0.0.1", registrar.port)]
            assert registrar.stop() < STOP_SECONDS
            assert addresses(port) == []


def test_a_stop_while_nacos_is_away_takes_no_time(tmp_path: Path) -> None:
    with registrar_of(tmp_path, f"127.0.0.1:{nacos_port()}") as registrar:
        wait_until(lambda: "do not find this server" in registrar.log, "the first failure")
        assert registrar.stop() < STOP_SECONDS


def test_a_stop_while_nacos_hangs_is_no_longer_than_another(tmp_path: Path) -> None:
    with nacos_server() as nacos, registrar_of(tmp_path, nacos.address) as registrar:
        wait_until(lambda: addresses(nacos.port), "the registration")
        nacos.process.send_signal(signal.SIGSTOP)
        assert registrar.stop() < STOP_SECONDS + 0.5  # of which half a second is Python's end


def test_one_of_several_addresses_is_enough(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    several = f"127.0.0.1:{free_port()}, {nacos.address}"
    with registrar_of(tmp_path, several, **service):
        wait_until(find, "the registration")


def test_ip_port_and_namespace_are_what_was_set(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    where = {
        "RAGLAN_NACOS__IP": "203.0.113.7",
        "RAGLAN_NACOS__PORT": "443",
        "RAGLAN_NACOS__NAMESPACE": "harbour",
        "RAGLAN_NACOS__GROUP": "LIGHTS",
    }
    name = service["RAGLAN_NACOS__SERVICE_NAME"]
    with registrar_of(tmp_path, nacos.address, **service, **where):
        wait_until(
            lambda: addresses(nacos.port, service=name, namespaceId="harbour", groupName="LIGHTS"),
            "the registration",
        )
        there = addresses(nacos.port, service=name, namespaceId="harbour", groupName="LIGHTS")
        assert there == [("203.0.113.7", 443)]
        assert find() == []


def test_a_server_that_listens_everywhere_is_found_where_nacos_sees_it(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    everywhere = {"RAGLAN_SERVER__HOST": "0.0.0.0"}  # noqa: S104 - what it is about
    with registrar_of(tmp_path, nacos.address, **service, **everywhere) as registrar:
        wait_until(find, "the registration")
        assert find() == [("127.0.0.1", registrar.port)]


def test_the_registrar_ends_with_its_parent(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    """The parent here is a shell, which is killed as a supervisor might be."""
    shell = ("bash", "-c", '"$@"; true', "--")
    with registrar_of(tmp_path, nacos.address, prefix=shell, **service) as registrar:
        wait_until(find, "the registration")
        [child] = psutil.Process(registrar.process.pid).children()
        registrar.process.kill()
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running()
        assert find() == []


def test_a_second_registrar_of_a_host_is_refused(
    tmp_path: Path, nacos: Component, service: dict[str, str], find: Find
) -> None:
    with registrar_of(tmp_path, nacos.address, **service):
        wait_until(find, "the registration")
        with registrar_of(tmp_path, nacos.address, **service) as second:
            assert second.process.wait(timeout=30) == 1
            assert "raglan registrar: Another registrar serves" in second.log


def test_without_an_address_it_says_so_and_ends(tmp_path: Path) -> None:
    with registrar_of(tmp_path, "") as registrar:
        assert registrar.process.wait(timeout=30) == 1
        assert registrar.log == (
            "raglan registrar: There is nothing to register with: nacos.address is not set.\n"
        )


@pytest.fixture(scope="module")
def strict() -> Iterator[Component]:
    """Run a server that lets nobody in without a password."""
    options = {
        "RNACOS_ENABLE_OPEN_API_AUTH": "true",
        "RNACOS_INIT_ADMIN_USERNAME": KEEPER["username"],
        "RNACOS_INIT_ADMIN_PASSWORD": KEEPER["password"],
    }
    for _ in range(STARTS):
        with nacos_server(**options) as server:
            if knows_its_keeper(server):
                yield server
                return
    pytest.fail("the server never came to know its first user")


def knows_its_keeper(server: Component) -> bool:
    """Tell whether the first user can log in; every now and then this server loses them."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        answer = log_in(server)
        if answer.ok or "closed" in answer.text:
            return answer.ok
        time.sleep(0.1)
    return False


def log_in(server: Component) -> requests.Response:
    url = f"http://{server.address}/nacos/v1/auth/users/login"
    return requests.post(url, data=KEEPER, timeout=5)


def test_the_right_password_opens(tmp_path: Path, strict: Component) -> None:
    who = {"RAGLAN_NACOS__USER": "keeper", "RAGLAN_NACOS__PASSWORD": KEEPER["password"]}
    with registrar_of(tmp_path, strict.address, **who) as registrar:
        wait_until(lambda: "Registered" in registrar.log, "the registration")
        token = log_in(strict).json()["accessToken"]
        assert addresses(strict.port, accessToken=token) == [("127.0.0.1", registrar.port)]
        assert token not in registrar.log


def test_a_wrong_password_is_said_and_tried_again(tmp_path: Path, strict: Component) -> None:
    who = {"RAGLAN_NACOS__USER": "keeper", "RAGLAN_NACOS__PASSWORD": "a candle"}
    with registrar_of(tmp_path, strict.address, **who) as registrar:
        wait_until(lambda: registrar.log.count("Nacos let nobody in") >= 2, "two refusals")
        assert "a candle" not in registrar.log


def test_nothing_of_nacos_is_loaded_without_an_address() -> None:
    """Neither by the web server nor by a worker nor by the command line."""
    program = (
        "import sys, api.apps, api.lifecycle, api.worker, api.cli.main\n"
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
