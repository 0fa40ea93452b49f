"""Ingest workers that tests start on a data folder of their own."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.running import ROOT


@dataclass
class Workers:
    """Workers on one data folder, and what they print."""

    folder: Path
    extra: dict[str, str]
    started: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a worker."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
        return kept | self.settings

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings as environment."""
        return {
            "RAGLAN_DATA_DIR": str(self.folder / "data"),
            "RAGLAN_WORKER__LEASE": "1",
            "RAGLAN_WORKER__POLL_INTERVAL": "0.05",
            "RAGLAN_WORKER__RETRY_DELAY": "0.01",
            "RAGLAN_WORKER__MAX_ATTEMPTS": "9",
            **self.extra,
        }

    @property
    def log(self) -> str:
        """Return what the workers have printed."""
        return (self.folder / "log").read_text(encoding="utf-8")

    def start(
        self, command: tuple[str, ...] = ("-m", "api.worker"), **extra: str
    ) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        with (self.folder / "log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=self.environment | extra,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.started.append(worker)
        return worker

    def end(self) -> None:
        """End all workers."""
        for worker in self.started:
            worker.kill()
            worker.wait()
