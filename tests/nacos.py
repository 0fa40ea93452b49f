"""A real Nacos server for tests: started on free loopback ports, ended by pid."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from tests.components import Component, folder, running
from tests.running import free_port


def cargo_program(name: str) -> str:
    """Return the path of a program that tests do not build; skips the test if it is absent."""
    found = shutil.which(name, path=os.environ.get("TEST_PROGRAMS")) or shutil.which(name)
    if not found:
        pytest.skip(
            f"{name} is not installed: cargo install {name} --root FOLDER (it takes half an hour),"
            " then TEST_PROGRAMS=FOLDER/bin"
        )
    return found


@contextmanager
def nacos_server(port: int = 0, **options: str) -> Iterator[Component]:
    """Run a Nacos server; its gRPC is at the port plus 1000, and nothing of it is kept."""
    server = cargo_program("rnacos")
    port = port or nacos_port()
    with folder() as data:
        environment = {
            "RNACOS_HTTP_PORT": str(port),
            "RNACOS_GRPC_PORT": str(port + 1000),
            "RNACOS_HTTP_CONSOLE_PORT": "0",
            "RNACOS_DATA_DIR": str(data / "db"),
            "RUST_LOG": "warn",
            **options,
        }
        with running(
            [server], lambda: ping_nacos(port), port, data / "log", environment
        ) as component:
            yield component


def nacos_port() -> int:
    """Return a port that is free together with the one for gRPC."""
    while True:
        port = free_port()
        with socket.socket() as probe, suppress(OSError, OverflowError):
            probe.bind(("127.0.0.1", port + 1000))
            return port


def ping_nacos(port: int) -> None:
    """Raise unless a Nacos server answers on both ports."""
    requests.get(f"http://127.0.0.1:{port}/nacos/v1/console/health/readiness", timeout=1)
    socket.create_connection(("127.0.0.1", port + 1000), timeout=1).close()
