"""A SkyWalking collector in a process of its own, and what it has collected."""

import json
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
