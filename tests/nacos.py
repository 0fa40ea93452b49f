"""Real Nacos servers for tests: started on free loopback ports, ended by pid."""

import os
import shutil
import socket
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from tests import fast
from tests.components import Component, folder, program, running
from tests.running import ROOT, free_port

TIMEOUT = 5
PASSWORD = "a lamp of whale oil"

PORTS = (0, 1000, 1001, -1000)
"""What a server listens on, relative to its port: HTTP, gRPC for clients and servers, consensus."""

CONF = """
server.port={port}
nacos.server.main.port={port}
server.servlet.contextPath=/nacos
nacos.server.contextPath=/nacos
server.tomcat.basedir=file:{home}
server.tomcat.accesslog.enabled=false
spring.sql.init.mode=never
spring.main.allow-circular-references=true
nacos.core.auth.system.type=nacos
nacos.core.auth.enabled=true
nacos.core.auth.admin.enabled=true
nacos.core.auth.caching.enabled=false
nacos.core.auth.server.identity.key=lamp
nacos.core.auth.server.identity.value=oil
nacos.core.auth.plugin.nacos.token.secret.key=VGhlIGtlZXBlciB3cml0ZXMgaW50byB0aGUgbG9nLiE=
"""

JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx400m", "-Dnacos.standalone=true")
"""Small, and quick to start."""


class Nacos:
    """A server that can be stopped and started again, and a consumer that asks it over HTTP."""

    kind: ClassVar[str]
    user: ClassVar[str] = ""
    password: ClassVar[str] = ""
    list_path: ClassVar[str] = "/v1/ns/instance/list"
    login_path: ClassVar[str] = "/v1/auth/users/login"

    def __init__(self, home: Path, port: int = 0) -> None:
        """Initialize with a folder for its data; nothing runs yet."""
        self.home = home
        self.port = port or nacos_port()
        self.token = ""
        self._running = ExitStack()
        self._component: Component | None = None

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Return what has a Raglan register there."""
        who = {"RAGLAN_NACOS__USER": self.user, "RAGLAN_NACOS__PASSWORD": self.password}
        return {"RAGLAN_NACOS__ADDRESS": self.address, **(who if self.user else {})}

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._component = self._running.enter_context(self.run())

    def stop(self) -> None:
        """End it as a crash would."""
        self._running.close()

    def send_signal(self, number: int) -> None:
        """Send its process a signal."""
        assert self._component is not None
        self._component.process.send_signal(number)

    @contextmanager
    @abstractmethod
    def run(self) -> Iterator[Component]:
        """Run the server for a `with` block."""

    def request(self, method: str, path: str, **query: str) -> requests.Response:
        """Send a request to the server over HTTP."""
        headers = {"accessToken": self.token} if self.token else {}
        return requests.request(
            method,
            f"http://{self.address}/nacos{path}",
            params=query,
            headers=headers,
            timeout=TIMEOUT,
        )

    def log_in(self) -> requests.Response:
        """Log in as the user that it knows."""
        form = {"username": self.user, "password": self.password}
        url = f"http://{self.address}/nacos{self.login_path}"
        return requests.post(url, data=form, timeout=TIMEOUT)

    def listed(
        self,
        service: str = "raglan",
        cluster: str = "DEFAULT",
        group: str = "DEFAULT_GROUP",
        namespace: str = "public",
    ) -> list[dict[str, Any]]:
        """Return the healthy instances that a consumer is told of."""
        where = {"serviceName": service, "clusters": cluster, "clusterName": cluster}
        where |= {"groupName": group, "namespaceId": namespace, "healthyOnly": "true"}
        try:
            answer = self.request("GET", self.list_path, **where)
        except requests.RequestException:
            return []
        return [host for host in hosts(answer.json()) if host["healthy"]] if answer.ok else []

    def addresses(self, service: str = "raglan", **where: str) -> list[tuple[str, int]]:
        """Return where a consumer finds a service."""
        return [(host["ip"], host["port"]) for host in self.listed(service, **where)]


def hosts(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the instances of an answer: 3.x has them in other places than 1.x and 2.x."""
    return list((answer["data"] if "data" in answer else answer.get("hosts")) or [])


class Rnacos(Nacos):
    """A server in Rust, which speaks the protocols of 1.x and 2.x, and wants no password."""

    kind = "rnacos"
    options: ClassVar[dict[str, str]] = {}

    @contextmanager
    def run(self) -> Iterator[Component]:
        """Run the server for a `with` block."""
        server = cargo_program("rnacos")
        environment = {
            "RNACOS_HTTP_PORT": str(self.port),
            "RNACOS_GRPC_PORT": str(self.port + 1000),
            "RNACOS_HTTP_CONSOLE_PORT": "0",
            "RNACOS_DATA_DIR": str(self.home / "db"),
            "RUST_LOG": "warn",
            **self.options,
        }
        with running([server], self.ping, self.port, self.home / "log", environment) as component:
            yield component

    def ping(self) -> None:
        """Raise unless it answers on both ports."""
        self.request("GET", "/v1/console/health/readiness")
        socket.create_connection(("127.0.0.1", self.port + 1000), timeout=1).close()


class StrictRnacos(Rnacos):
    """The same, but it lets nobody in without a password."""

    user = "keeper"
    password = PASSWORD
    options: ClassVar[dict[str, str]] = {
        "RNACOS_ENABLE_OPEN_API_AUTH": "true",
        "RNACOS_INIT_ADMIN_USERNAME": user,
        "RNACOS_INIT_ADMIN_PASSWORD": password,
    }


class JavaNacos(Nacos):
    """A server of the Nacos project itself, which lets nobody in without a password."""

    user = "nacos"

    @contextmanager
    def run(self) -> Iterator[Component]:
        """Run the server for a `with` block."""
        jars = self.jars()
        conf = self.home / "conf" / "application.properties"
        conf.parent.mkdir(exist_ok=True)
        conf.write_text(CONF.format(port=self.port, home=self.home), encoding="utf-8")
        command = [program("java", "default-jdk-headless"), *JAVA]
        command += [
            f"-Dnacos.home={self.home}",
            f"-Duser.home={self.home}",
            f"-Dderby.stream.error.file={self.home}/derby.log",
        ]
        command += ["-cp", f"{jars}/*", str(self.sources / "Nacos.java")]
        command.append(f"--spring.config.additional-location=file:{conf.parent}/")
        with running(command, self.ping, self.port, self.home / "log") as component:
            yield component

    @property
    def sources(self) -> Path:
        """Return where its starter is, and the list of what it is made of."""
        return ROOT / "tests" / "java" / self.kind

    def jars(self) -> Path:
        """Return the folder of what it is made of; skips the test if there is none."""
        found = Path(os.environ.get("TEST_PROGRAMS", "/nowhere")) / self.kind
        if not found.is_dir():
            pytest.skip(
                f"{self.kind} is not installed:"
                f" mvn -f {self.sources.relative_to(ROOT)} dependency:copy-dependencies"
                f" -DincludeScope=runtime -DoutputDirectory=FOLDER/{self.kind} (up to 190 MB),"
                " then TEST_PROGRAMS=FOLDER"
            )
        return found

    def ping(self) -> None:
        """Raise unless it lets its user in."""
        answer = self.log_in()
        assert answer.ok, answer.text
        self.token = answer.json()["accessToken"]
        socket.create_connection(("127.0.0.1", self.port + 1000), timeout=1).close()


class Nacos2(JavaNacos):
    """2.x; its first user has this password."""

    kind = "nacos-2"
    password = "nacos"


class Nacos3(JavaNacos):
    """3.x, of which the consumer uses the interface that 3.2 still has."""

    kind = "nacos-3"
    password = PASSWORD
    list_path = "/v3/client/ns/instance/list"
    login_path = "/v3/auth/user/login"

    def ping(self) -> None:
        """Raise unless it lets its user in, who gets a password first."""
        url = f"http://{self.address}/nacos/v3/auth/user/admin"
        requests.post(url, data={"password": self.password}, timeout=TIMEOUT)
        super().ping()


SERVERS: tuple[type[Nacos], ...] = (Rnacos, Nacos2, Nacos3)


@contextmanager
def nacos_server(kind: type[Nacos] = Rnacos, port: int = 0) -> Iterator[Nacos]:
    """Run a server for a `with` block; nothing of it is kept."""
    with folder() as home:
        server = kind(home, port)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def cargo_program(name: str) -> str:
    """Return the path of a program that tests do not build; skips the test if it is absent."""
    fast.leave_out("a server of others")
    found = shutil.which(name, path=os.environ.get("TEST_PROGRAMS")) or shutil.which(name)
    if not found:
        pytest.skip(
            f"{name} is not installed: cargo install {name} --root FOLDER (it takes half an hour),"
            " then TEST_PROGRAMS=FOLDER/bin"
        )
    return found


def nacos_port() -> int:
    """Return a port that is free together with the others that a server listens on."""
    while True:
        port = free_port()
        with ExitStack() as probes, suppress(OSError, OverflowError):
            for offset in PORTS:
                probe = probes.enter_context(socket.socket())
                probe.bind(("127.0.0.1", port + offset))
            return port
