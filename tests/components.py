"""Real servers for tests: started on free loopback ports in folders of their own, ended by pid."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pymysql
import pytest
import redis
import requests

from tests import fast
from tests.running import free_port

_PATIENCE = 60
_AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@dataclass(frozen=True)
class Component:
    """A server that was started: where it listens, and its process while it runs."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"


def program(name: str, package: str, folders: str = "") -> str:
    """Return the path of a program; skips the test if it is not installed, or in the short run."""
    fast.leave_out("a server of others")
    found = shutil.which(name) or next(map(str, Path("/").glob(folders.lstrip("/") or "-")), None)
    if not found:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return found


@contextmanager
def folder(owner: str = "") -> Iterator[Path]:
    """Make a folder for a server, which is removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="raglan-component-"))
    path.chmod(0o755)
    if owner:
        owned_by(owner, path)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def owned_by(owner: str, path: Path) -> None:
    """Give a folder to a user, where this one may."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(owner)
        os.chown(path, user.pw_uid, user.pw_gid)


@contextmanager
def running(
    command: Sequence[str],
    ready: Callable[[], object],
    port: int,
    log: Path,
    environment: dict[str, str] | None = None,
) -> Iterator[Component]:
    """Run a server from the time it is ready until the end of the `with` block."""
    fast.leave_out("a server of others")
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment and {**os.environ, **environment},
        )
    try:
        wait_for(ready, process, log)
        yield Component(port, process)
    finally:
        process.kill()
        process.wait()


def wait_for(
    ready: Callable[[], object], process: "subprocess.Popen[bytes] | None", log: Path
) -> None:
    """Wait until `ready` no longer raises; fails with what the server printed."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            ready()
        except (redis.RedisError, psycopg.Error, pymysql.MySQLError, OSError, AssertionError):
            ended = process is not None and process.poll() is not None
            assert not ended, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


def ping_redis(port: int) -> None:
    """Raise unless a Redis server answers."""
    with redis.Redis(port=port, socket_timeout=1) as client:
        client.ping()


@contextmanager
def redis_server(*options: str, port: int = 0) -> Iterator[Component]:
    """Run Redis."""
    server = program("redis-server", "redis-server")
    port = port or free_port()
    with folder() as data:
        command = [server, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
        command += ["--save", "", "--appendonly", "no", *options]
        with running(command, lambda: ping_redis(port), port, data / "log") as component:
            yield component


@contextmanager
def redis_sentinel(master: Component) -> Iterator[Component]:
    """Run a Sentinel, which knows `master` as "m" and fails over after a second."""
    server = program("redis-sentinel", "redis-sentinel")
    port = free_port()
    with folder() as data:
        conf = data / "sentinel.conf"
        conf.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {data}\n"
            f"sentinel monitor m 127.0.0.1 {master.port} 1\n"
            "sentinel down-after-milliseconds m 1000\nsentinel failover-timeout m 3000\n"
        )
        command = [server, str(conf)]
        with running(command, lambda: ping_redis(port), port, data / "log") as component:
            yield component


@contextmanager
def redis_cluster(nodes: int = 3) -> Iterator[list[Component]]:
    """Run a Redis Cluster of masters."""
    client = program("redis-cli", "redis-tools")
    with ExitStack() as stack:
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port"]
        members = [
            stack.enter_context(redis_server(*options, str(free_port()))) for _ in range(nodes)
        ]
        addresses = [member.address for member in members]
        subprocess.run(
            [client, "--cluster", "create", *addresses, "--cluster-yes"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        for member in members:
            wait_for(lambda port=member.port: _cluster_is_up(port), None, Path(os.devnull))
        yield members


def _cluster_is_up(port: int) -> None:
    with redis.Redis(port=port, socket_timeout=1) as client:
        assert client.execute_command("CLUSTER INFO")["cluster_state"] == "ok"


def template(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that `make` fills once for all test runs of this user."""
    kept = Path(tempfile.gettempdir()) / f"raglan-test-templates-{os.geteuid()}" / name
    if not kept.exists():
        kept.parent.mkdir(mode=0o755, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=kept.parent))
        make(fresh)
        with suppress(OSError):  # another test run was faster
            fresh.rename(kept)
    return kept


@contextmanager
def postgresql_server() -> Iterator[Component]:
    """Run PostgreSQL with the superuser `postgres`, who needs no password."""
    server = program("postgres", "postgresql", "/usr/lib/postgresql/*/bin/postgres")
    user = _AS_POSTGRES if os.geteuid() == 0 else []

    def initialise(data: Path) -> None:
        owned_by("postgres", data)
        initdb = [f"{Path(server).parent}/initdb", "-A", "trust", "-U", "postgres", "--no-sync"]
        subprocess.run(
            [*user, *initdb, "-E", "UTF8", "-D", str(data)],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=data,
        )

    told = subprocess.run([server, "--version"], check=True, capture_output=True, text=True)
    kept = template(f"postgresql-{told.stdout.split()[2]}", initialise)
    with folder("postgres") as data:
        subprocess.run([*user, "cp", "-r", "--", str(kept), str(data / "db")], check=True)
        (data / "db").chmod(0o700)
        with postgresql_on(data / "db") as component:
            yield component


@contextmanager
def postgresql_on(data: Path, port: int = 0) -> Iterator[Component]:
    """Run PostgreSQL on a folder that was initialised."""
    server = program("postgres", "postgresql", "/usr/lib/postgresql/*/bin/postgres")
    user = _AS_POSTGRES if os.geteuid() == 0 else []
    port = port or free_port()
    settings = [
        "fsync=off",
        "autovacuum=off",
        "jit=off",
        "wal_level=minimal",
        "max_wal_senders=0",
        "full_page_writes=off",
        "max_connections=200",
        f"port={port}",
    ]
    settings += ["listen_addresses=127.0.0.1", f"unix_socket_directories={data}"]
    command = [*user, server, "-D", str(data)]
    command += [word for setting in settings for word in ("-c", setting)]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    with running(
        command, lambda: psycopg.connect(url).close(), port, data.parent / "log"
    ) as component:
        try:
            yield component
        finally:
            # A killed server would leave its children and its shared memory behind.
            component.process.send_signal(signal.SIGINT)
            component.process.wait(timeout=_PATIENCE)


@contextmanager
def mariadb_server() -> Iterator[Component]:
    """Run MariaDB with the user `root`, who needs no password."""
    server = program("mariadbd", "mariadb-server", "/usr/sbin/mariadbd")
    install = program("mariadb-install-db", "mariadb-server")
    user = ["--user=root"] if os.geteuid() == 0 else []

    def initialise(data: Path) -> None:
        options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(
            [install, "--no-defaults", f"--datadir={data}", *options, *user],
            check=True,
            stdout=subprocess.DEVNULL,
        )

    port = free_port()
    with folder() as data:
        shutil.copytree(template("mariadb", initialise), data / "db")
        (data / "temporary").mkdir()
        command = [server, "--no-defaults", f"--datadir={data}/db", f"--port={port}", *user]
        command += ["--bind-address=127.0.0.1", f"--socket={data}/socket", "--skip-log-bin"]
        # At its start MariaDB deletes all temporary tables that it finds there, whosever they are.
        command += [f"--tmpdir={data}/temporary"]
        command += [
            "--innodb-flush-log-at-trx-commit=1",
            "--innodb-buffer-pool-size=64M",
            "--innodb-flush-method=nosync",
            "--innodb-doublewrite=0",
        ]
        command += ["--skip-name-resolve", "--max-allowed-packet=64M"]
        with running(command, lambda: mysql_client(port).close(), port, data / "log") as component:
            yield component


def mysql_client(port: int, database: str = "") -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """Return a connection to a MariaDB of the tests."""
    return pymysql.connect(
        host="127.0.0.1",
        port=port,
        user="root",
        database=database or None,
        autocommit=True,
        ssl_disabled=True,  # to prepare for it takes longer than all that is asked
    )


@contextmanager
def nginx_server(config: str) -> Iterator[Component]:
    """Run nginx with a configuration in which `PORT` and `FOLDER` stand for its own."""
    server = program("nginx", "nginx-light", "/usr/sbin/nginx")
    port = free_port()
    with folder() as data:
        text = config.replace("PORT", str(port)).replace("FOLDER", str(data))
        (data / "nginx.conf").write_text(text, encoding="utf-8")
        command = [server, "-p", str(data), "-c", str(data / "nginx.conf"), "-e", str(data / "log")]

        def listens() -> None:
            with socket.create_connection(("127.0.0.1", port), 5):
                pass

        with running(command, listens, port, data / "log") as component:
            yield component


@contextmanager
def prometheus_server(config: str, *files: Path) -> Iterator[Component]:
    """Run Prometheus with a configuration, and files beside it that this names."""
    server = program("prometheus", "prometheus")
    port = free_port()
    with folder() as data:
        (data / "prometheus.yml").write_text(config, encoding="utf-8")
        for file in files:
            shutil.copy(file, data)
        command = [server, f"--config.file={data}/prometheus.yml", f"--storage.tsdb.path={data}"]
        command += [f"--web.listen-address=127.0.0.1:{port}", "--query.lookback-delta=10s"]
        url = f"http://127.0.0.1:{port}/-/ready"
        with running(command, lambda: answers(url), port, data / "log") as component:
            yield component


@contextmanager
def alertmanager_server(config: str) -> Iterator[Component]:
    """Run Alertmanager with a configuration, alone."""
    server = program("prometheus-alertmanager", "prometheus-alertmanager")
    port = free_port()
    with folder() as data:
        (data / "alertmanager.yml").write_text(config, encoding="utf-8")
        command = [server, f"--config.file={data}/alertmanager.yml", f"--storage.path={data}"]
        command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
        url = f"http://127.0.0.1:{port}/-/ready"
        with running(command, lambda: answers(url), port, data / "log") as component:
            yield component


def answers(url: str) -> None:
    """Raise unless a server answers 200; its errors are of OSError's kind."""
    requests.get(url, timeout=1).raise_for_status()
