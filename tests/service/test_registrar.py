"""The registrar at real Nacos servers, asked by a consumer over another protocol than its own."""

import http.server
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.nacos import Nacos, StrictRnacos, nacos_port, nacos_server
from tests.running import ROOT, Server, free_port, wait_until

pytestmark = pytest.mark.xdist_group("nacos")

HEARTBEAT = {"RAGLAN_NACOS__HEARTBEAT": "0.3"}
STOP_SECONDS = 2.0
STARTS = 10

Settings = Mapping[str, str]
Find = Callable[[], list[tuple[str, int]]]


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
    folder: Path, nacos: Settings, *, ready: bool = True, prefix: tuple[str, ...] = ()
) -> Iterator[Registrar]:
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Readiness)
    web.is_ready = ready  # type: ignore[attr-defined]
    answering = threading.Thread(target=web.serve_forever, args=(0.05,))
    answering.start()
    settings = {**HEARTBEAT, **nacos}
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


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """Name a service after the test: they share a server."""
    return str(request.node.originalname)


@pytest.fixture
def service(nacos: Nacos, name: str) -> Settings:
    return {**nacos.settings, "RAGLAN_NACOS__SERVICE_NAME": name}


@pytest.fixture
def find(nacos: Nacos, name: str) -> Find:
    return lambda: nacos.addresses(name)


def at(address: str) -> Settings:
    return {"RAGLAN_NACOS__ADDRESS": address}


def test_only_a_ready_server_is_listed(tmp_path: Path, service: Settings, find: Find) -> None:
    with registrar_of(tmp_path, service, ready=False) as registrar:
        wait_until(lambda: "Connected to Nacos" in registrar.log, "the connection")
        assert find() == []
        registrar.set_ready(ready=True)
        wait_until(find, "the registration")
        registrar.set_ready(ready=False)
        wait_until(lambda: not find(), "the deregistration")
        registrar.set_ready(ready=True)
        wait_until(find, "another registration")
        assert registrar.stop() < STOP_SECONDS
        wait_until(lambda: not find(), "the deregistration", STOP_SECONDS)


def test_what_the_server_forgets_is_registered_again(tmp_path: Path) -> None:
    """The servers in Java let nobody take out what came over a connection of somebody else."""
    with nacos_server() as nacos, registrar_of(tmp_path, nacos.settings) as registrar:
        wait_until(nacos.addresses, "the registration")
        forgotten = nacos.request(
            "DELETE",
            "/v1/ns/instance",
            serviceName="raglan",
            ip="127.0.0.1",
            port=str(registrar.port),
            clusterName="DEFAULT",
            ephemeral="true",
        )
        assert forgotten.ok, forgotten.text
        wait_until(lambda: registrar.log.count("Registered ") == 2, "another registration")
        wait_until(nacos.addresses, "the registration")


def test_a_nacos_that_comes_late_and_restarts_is_registered_with(tmp_path: Path) -> None:
    port = nacos_port()
    with registrar_of(tmp_path, at(f"127.0.0.1:{port}")) as registrar:
        wait_until(lambda: "do not find this server" in registrar.log, "the first failure")
        with nacos_server(port=port) as nacos:
            wait_until(nacos.addresses, "the registration")
            nacos.stop()
            wait_until(lambda: "is lost" in registrar.log, "the loss to be noticed")
            nacos.start()
            wait_until(nacos.addresses, "another registration")
            assert nacos.addresses() == [("127.0.0.1", registrar.port)]
            assert registrar.stop() < STOP_SECONDS
            assert nacos.addresses() == []


def test_a_stop_while_nacos_is_away_takes_no_time(tmp_path: Path) -> None:
    with registrar_of(tmp_path, at(f"127.0.0.1:{nacos_port()}")) as registrar:
        wait_until(lambda: "do not find this server" in registrar.log, "the first failure")
        assert registrar.stop() < STOP_SECONDS


def test_a_stop_while_nacos_hangs_is_no_longer_than_another(
    tmp_path: Path, nacos: Nacos, service: Settings, find: Find
) -> None:
    with registrar_of(tmp_path, service) as registrar:
        wait_until(find, "the registration")
        nacos.send_signal(signal.SIGSTOP)
        try:
            assert registrar.stop() < STOP_SECONDS + 0.5  # of which half a second is Python's end
        finally:
            nacos.send_signal(signal.SIGCONT)
    wait_until(lambda: not find(), "Nacos to see that the connection was closed")


def test_one_of_several_addresses_is_enough(
    tmp_path: Path, nacos: Nacos, service: Settings, find: Find
) -> None:
    several = at(f"127.0.0.1:{free_port()}, {nacos.address}")
    with registrar_of(tmp_path, {**service, **several}):
        wait_until(find, "the registration")


def test_all_that_was_set_is_what_a_consumer_finds(
    tmp_path: Path, nacos: Nacos, service: Settings, name: str, find: Find
) -> None:
    where = {
        "RAGLAN_NACOS__IP": "203.0.113.7",
        "RAGLAN_NACOS__PORT": "443",
        "RAGLAN_NACOS__NAMESPACE": "harbour",
        "RAGLAN_NACOS__GROUP": "LIGHTS",
        "RAGLAN_NACOS__CLUSTER": "NORTH",
        "RAGLAN_NACOS__WEIGHT": "2.5",
    }
    place = {"namespace": "harbour", "group": "LIGHTS", "cluster": "NORTH"}
    with registrar_of(tmp_path, {**service, **where}):
        wait_until(lambda: nacos.addresses(name, **place), "the registration")
        [host] = nacos.listed(name, **place)
        assert (host["ip"], host["port"], host["weight"]) == ("203.0.113.7", 443, 2.5)
        assert (host["clusterName"], host["ephemeral"]) == ("NORTH", True)
        assert find() == []


def test_a_server_that_listens_everywhere_is_found_where_nacos_sees_it(
    tmp_path: Path, service: Settings, find: Find
) -> None:
    everywhere = {"RAGLAN_SERVER__HOST": "0.0.0.0"}  # noqa: S104 - what it is about
    with registrar_of(tmp_path, {**service, **everywhere}) as registrar:
        wait_until(find, "the registration")
        assert find() == [("127.0.0.1", registrar.port)]


def test_the_registrar_ends_with_its_parent(tmp_path: Path, service: Settings, find: Find) -> None:
    """The parent here is a shell, which is killed as a supervisor might be."""
    shell = ("bash", "-c", '"$@"; true', "--")
    with registrar_of(tmp_path, service, prefix=shell) as registrar:
        wait_until(find, "the registration")
        [child] = psutil.Process(registrar.process.pid).children()
        registrar.process.kill()
        psutil.wait_procs([child], timeout=10)
        assert not child.is_running()
        wait_until(lambda: not find(), "the deregistration", STOP_SECONDS)


def test_a_registrar_that_is_killed_is_forgotten_with_its_connection(
    tmp_path: Path, service: Settings, find: Find
) -> None:
    with registrar_of(tmp_path, service) as registrar:
        wait_until(find, "the registration")
        registrar.process.kill()
        wait_until(lambda: not find(), "Nacos to see that the connection was closed")


def test_a_second_registrar_of_a_host_is_refused(
    tmp_path: Path, service: Settings, find: Find
) -> None:
    with registrar_of(tmp_path, service) as first:
        wait_until(find, "the registration")
        with registrar_of(tmp_path, service) as second:
            assert second.process.wait(timeout=30) == 1
            assert "raglan registrar: Another registrar serves" in second.log
            assert find() == [("127.0.0.1", first.port)]


def test_without_an_address_it_says_so_and_ends(tmp_path: Path) -> None:
    with registrar_of(tmp_path, at("")) as registrar:
        assert registrar.process.wait(timeout=30) == 1
        assert registrar.log == (
            "raglan registrar: There is nothing to register with: nacos.address is not set.\n"
        )


@pytest.fixture(scope="session")
def strict(nacos: Nacos) -> Iterator[Nacos]:
    """Run a server that lets nobody in without a password."""
    if nacos.user:
        yield nacos
        return
    for _ in range(STARTS):
        with nacos_server(StrictRnacos) as server:
            if knows_its_keeper(server):
                yield server
                return
    pytest.fail("the server never came to know its first user")


def knows_its_keeper(server: Nacos) -> bool:
    """Return whether the first user can log in; every now and then this server loses them."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        answer = server.log_in()
        if answer.ok or "closed" in answer.text:
            return answer.ok
        time.sleep(0.1)
    return False


def test_the_right_password_opens(tmp_path: Path, strict: Nacos, name: str) -> None:
    service = {**strict.settings, "RAGLAN_NACOS__SERVICE_NAME": name}
    with registrar_of(tmp_path, service) as registrar:
        wait_until(lambda: "Registered" in registrar.log, "the registration")
        strict.token = ""
        assert strict.request("GET", strict.list_path, serviceName=name).status_code == 403
        strict.token = strict.log_in().json()["accessToken"]
        assert strict.addresses(name) == [("127.0.0.1", registrar.port)]
        assert strict.token not in registrar.log


def test_a_wrong_password_is_said_and_tried_again(tmp_path: Path, strict: Nacos) -> None:
    who = {**strict.settings, "RAGLAN_NACOS__PASSWORD": "a candle"}
    with registrar_of(tmp_path, who) as registrar:
        wait_until(lambda: registrar.log.count("Nacos let nobody in") >= 2, "two refusals")
        assert [f"next try in {seconds} s" in registrar.log for seconds in (1, 2)] == [True, True]
        assert "a candle" not in registrar.log


def test_without_a_password_a_strict_server_is_said_to_refuse(
    tmp_path: Path, strict: Nacos
) -> None:
    with registrar_of(tmp_path, at(strict.address)) as registrar:
        wait_until(lambda: registrar.log.count("Nacos refused") >= 2, "two refusals")
