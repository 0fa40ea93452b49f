"""A whole server, and a worker, whose firewall to the database dies."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests

from tests.proxy import Proxy, proxy_to
from tests.running import KEY, ROOT, Server, command, end, wait_until

NOTES = "The keeper writes into the log. "
LONG_TEXT = "\n".join(f"{number}. {NOTES}" for number in range(15_000)).encode()
FILES = 8
CLIENTS = 12

HUNG = 4

LIMITS = {
    "RAGLAN_DATABASE__TIMEOUT": "2",
    "RAGLAN_DATABASE__POOL_TIMEOUT": "2",
    "RAGLAN_WORKER__LEASE": "3",
    "RAGLAN_WORKER__RETRY_DELAY": "0.1",
    "RAGLAN_WORKER__MAX_ATTEMPTS": "9",
}


@pytest.fixture
def proxy(empty_database_url: str) -> Iterator[Proxy]:
    """Run a proxy to the database."""
    port = urlsplit(empty_database_url).port
    assert port is not None
    with proxy_to(port) as running:
        yield running


@pytest.fixture
def proxied_url(empty_database_url: str, proxy: Proxy) -> str:
    """Return the address of the database behind the proxy."""
    return empty_database_url.replace(f":{proxy.target}/", f":{proxy.port}/")


@contextmanager
def server_at(folder: Path, url: str, **extra: str) -> Iterator[Server]:
    """Run a server on a database."""
    server = Server(folder / "data", extra={"RAGLAN_DATABASE__URL": url, **LIMITS, **extra})
    try:
        server.start()
        yield server
    finally:
        end(server)


def statuses(server: Server) -> list[int]:
    """Return what many clients are answered that ask for datasets at once."""

    def ask(_: int) -> int:
        headers = {"Authorization": f"Bearer {KEY}"}
        return requests.get(
            f"{server.url}/api/v1/datasets", headers=headers, timeout=60
        ).status_code

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(ask, range(CLIENTS)))


@pytest.mark.databases("postgresql", "mariadb")
def test_requests_and_parsing_are_whole_again_after_a_silence(
    tmp_path: Path, proxy: Proxy, proxied_url: str
) -> None:
    with server_at(tmp_path, proxied_url) as server:
        wait_until(lambda: "waits for tasks" in server.log, "the ingest worker")
        dataset = server.dataset()
        files = [(f"{number}.txt", f"{NOTES * 300} {number}".encode()) for number in range(FILES)]
        documents = server.upload(dataset, *files)
        assert statuses(server) == [200] * CLIENTS
        server.parse(dataset, documents)
        proxy.silence()

        assert set(statuses(server)) == {503}
        assert requests.get(f"{server.url}/ready", timeout=60).status_code == 503
        assert requests.get(f"{server.url}/health", timeout=60).status_code == 200

        proxy.restore()
        wait_until(lambda: statuses(server) == [200] * CLIENTS, "all to be answered")
        wait_until(server.is_ready, "the server to be ready")
        documents += server.upload(dataset, ("late.txt", NOTES.encode()))
        server.parse(dataset, documents[-1:])
        ended = [server.finished(dataset, document)["run"] for document in documents]
        assert ended == ["DONE"] * (FILES + 1), server.log


@pytest.mark.databases("postgresql")
def test_a_worker_that_hangs_ends_itself_and_another_does_its_task(
    tmp_path: Path, empty_database_url: str, proxy: Proxy, proxied_url: str
) -> None:
    with server_at(tmp_path, empty_database_url, RAGLAN_WORKER__PROCESSES="0") as server:
        dataset = server.dataset()
        [document] = server.upload(dataset, ("long.txt", LONG_TEXT))
        server.parse(dataset, [document])
        worker = start_worker(server, tmp_path, proxied_url)
        try:
            wait_until(lambda: parsers(worker), "the parser process")
            [parser] = parsers(worker)
            proxy.silence()

            assert worker.wait(timeout=60) == HUNG
            assert not psutil.wait_procs([parser], timeout=20)[1]
            assert "could not go on for" in (tmp_path / "worker.log").read_text(encoding="utf-8")
        finally:
            worker.kill()
        proxy.restore()
        worker = start_worker(server, tmp_path, proxied_url)
        try:
            assert server.finished(dataset, document)["run"] == "DONE"
        finally:
            worker.kill()
            worker.wait()


def start_worker(server: Server, folder: Path, url: str) -> "subprocess.Popen[bytes]":
    """Start a worker whose connections may be silent for as long as they like."""
    own = {"RAGLAN_DATABASE__URL": url, "RAGLAN_DATABASE__TIMEOUT": "3600"}
    with (folder / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "api.worker"],
            cwd=ROOT,
            env=os.environ | server.environment | own,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def parsers(worker: "subprocess.Popen[bytes]") -> list[psutil.Process]:
    """Return the parser processes of a worker."""
    children = psutil.Process(worker.pid).children(recursive=True)
    return [child for child in children if "rag.ingestion.child" in command(child)]
