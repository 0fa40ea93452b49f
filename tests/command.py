"""The `raglan` command: in this process, where a test only looks at what it says, or as its own."""

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from api.cli.main import main
from api.db.base import database
from tests.running import ROOT

RAGLAN = ROOT / ".venv/bin/raglan"
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@dataclass(frozen=True)
class Done:
    """What a command has printed, and its exit status."""

    stdout: str
    stderr: str
    status: int


@dataclass
class Command:
    """Runs commands in the environment of a server."""

    environment: dict[str, str]
    removed: dict[str, None] = field(init=False)

    def __post_init__(self) -> None:
        """Find out which variables of this process the commands must not see."""
        names = [name for name in os.environ if name.startswith("RAGLAN")]
        self.removed = dict.fromkeys(name for name in names if name not in self.environment)

    def __call__(self, *arguments: object, answer: str = "", **variables: str) -> Done:
        """Run a command in this process; `answer` is what somebody types."""
        runner = CliRunner(env={**self.environment, **self.removed, **variables})
        try:
            done = runner.invoke(
                main,
                [str(argument) for argument in arguments],
                input=answer,
                catch_exceptions=False,
                prog_name="raglan",
            )
        finally:
            if database.obj is not None:
                database.obj.close_all()
        return Done(done.stdout, done.stderr, done.exit_code)

    def json(self, *arguments: object, **variables: str) -> Any:
        """Return what a command that succeeds prints as JSON."""
        done = self(*arguments, "--json", **variables)
        assert done.status == 0, done
        return json.loads(done.stdout)

    def told(self, *arguments: object, **variables: str) -> str:
        """Return the one line that a command that fails ends with."""
        done = self(*arguments, **variables)
        assert done.status != 0, done
        assert done.stdout == ""
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("raglan: ")
        return lines[0].removeprefix("raglan: ")

    def process(self, *arguments: object, **options: Any) -> "subprocess.Popen[str]":
        """Start a command as a process of its own."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [RAGLAN, *map(str, arguments)], env=self.environment, text=True, **{**pipes, **options}
        )

    def alone(self, *arguments: object) -> Done:
        """Run a command as a process of its own and wait for its end."""
        with self.process(*arguments) as process:
            stdout, stderr = process.communicate(timeout=60)
        return Done(stdout, stderr, process.returncode)

    def unprivileged(self, *arguments: object) -> Done:
        """Run a command as somebody who may not read everything, as root may."""
        done = subprocess.run(
            [*(UNPRIVILEGED if os.geteuid() == 0 else []), RAGLAN, *map(str, arguments)],
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Done(done.stdout, done.stderr, done.returncode)


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files into a folder, `name_txt="..."` as name.txt, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        raw = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(raw)
    return folder


def table(text: str) -> list[list[str]]:
    """Return the cells of a printed table, line by line."""
    return [re.split(r" {2,}", line) for line in text.splitlines()]
