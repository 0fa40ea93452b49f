"""Collectors in processes of their own, and what they have collected."""

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.components import Component, folder, running
from tests.running import free_port


@dataclass(frozen=True)
class Collector(Component):
    """A SkyWalking collector, and the file that it writes segments to."""

    file: Path

    def segments(self) -> list[dict[str, Any]]:
        """Return what it has collected so far, in SkyWalking's own form."""
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


@dataclass(frozen=True)
class OtlpCollector(Component):
    """A collector of OpenTelemetry's and of Sentry's, and the file that it writes to."""

    file: Path

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://{self.address}"

    @property
    def dsn(self) -> str:
        """Return its address as that of a project at Sentry."""
        return f"http://key@{self.address}/7"

    def told(self) -> list[dict[str, Any]]:
        """Return the spans, or the events, that it has so far."""
        lines = self.file.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]


@contextmanager
def otlp_collector() -> Iterator[OtlpCollector]:
    """Run a collector of OpenTelemetry's and of Sentry's."""
    port = free_port()
    program = Path(__file__).with_name("otlp_collector.py")
    with folder() as data:
        file = data / "told"
        command = [sys.executable, str(program), str(port), str(file)]
        with running(command, lambda: accepts(port) and file.stat(), port, data / "log") as one:
            yield OtlpCollector(port, one.process, file)


def accepts(port: int) -> bool:
    """Return that a port is open; raises OSError while it is not."""
    socket.create_connection(("127.0.0.1", port), 5).close()
    return True


@contextmanager
def trace_collector() -> Iterator[Collector]:
    """Run a SkyWalking collector."""
    port = free_port()
    program = Path(__file__).with_name("collector.py")
    with folder() as data:
        file = data / "segments"
        command = [sys.executable, str(program), str(port), str(file)]
        with running(command, file.stat, port, data / "log") as component:
            yield Collector(port, component.process, file)
