"""The supervisor in entrypoint.sh with small scripts in place of its programs."""

import errno
import hashlib
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from tests.running import ROOT, command, free_port, wait_until

PROGRAM = """#!/usr/bin/env bash
case "$*" in
*" gunicorn "*)
    kind=web
    if [[ ${{RAGLAN_PLAN_TO:-}} ]]; then
        echo -n "127.0.0.1 {port}" >&"$RAGLAN_PLAN_TO"
        [[ {pause} == 0 ]] || sleep {pause}
        echo " {workers} 100 0" >&"$RAGLAN_PLAN_TO"
    fi
    ;;
*) kind=worker ;;
esac
trap 'echo "$kind" >>hung-up' HUP
trap 'exit 0' TERM
echo "$kind" >>started
while :; do sleep 0.02; done
"""
"""Stands for Python: writes the plan, notes a HUP, and ends at a TERM."""

ROUNDS = 30
MANY = 16


class Healthy(BaseHTTPRequestHandler):
    """Answers as a server does that serves."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def serving(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Healthy) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def installation(folder: Path, port: int, workers: int, *, pause: float = 0) -> Path:
    """Make a folder in which entrypoint.sh finds everything installed; return the script.

    In the middle of its plan the server pauses for so many seconds.
    """
    program = folder / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.write_text(PROGRAM.format(port=port, workers=workers, pause=pause), encoding="utf-8")
    program.chmod(0o755)
    (folder / "requirements.lock").write_bytes(b"")
    (folder / "pyproject.toml").write_bytes(b"")
    mark = f"{hashlib.sha256(b'').hexdigest()}  -\n"
    (folder / ".venv" / ".installed-base").write_text(mark, encoding="utf-8")
    supervisor = folder / "api" / "processes" / "supervise.sh"
    supervisor.parent.mkdir(parents=True)
    shutil.copy(ROOT / supervisor.relative_to(folder), supervisor)
    return Path(shutil.copy(ROOT / "entrypoint.sh", folder))


@contextmanager
def supervised(script: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (
        (script.parent / "told").open("ab") as told,
        subprocess.Popen(
            [script], stdin=subprocess.DEVNULL, stdout=told, stderr=told, start_new_session=True
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()  # the first one asks
                process.terminate()  # the second one ends everything


UV = """#!/usr/bin/env bash
echo "$*" >>"{folder}/asked"
[[ $1 != venv ]] || {{ mkdir -p .venv/bin; cp "{folder}/program" .venv/bin/python; }}
"""
"""Stands for uv: notes what it is asked for, and makes an environment of the program."""


@pytest.mark.parametrize("on_terminal", [False, True])
def test_an_installation_says_what_it_does_and_how_far_it_is(
    tmp_path: Path, *, on_terminal: bool
) -> None:
    script = installation(tmp_path, free_port(), 1)
    (tmp_path / "program").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "program").chmod(0o755)
    shutil.rmtree(tmp_path / ".venv")
    (tmp_path / "requirements.lock").write_text("flask==1 \\\n    --hash=x\npeewee==2\n", "utf-8")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text(UV.format(folder=tmp_path), encoding="utf-8")
    (tools / "uv").chmod(0o755)
    environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"}
    said = installed_by(script, environment, on_terminal=on_terminal)
    assert f"Installing 2 packages into {tmp_path}/.venv; this takes about" in said
    assert "Installing Raglan ..." in said
    assert re.search(r"Installed in \d+ s\.", said)
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    [packages] = [line for line in asked if "requirements.lock" in line]
    assert ("-q" in packages.split()) is not on_terminal, "uv draws how far it is"
    assert installed_by(script, environment, on_terminal=on_terminal) == "", "it is there"


def installed_by(script: Path, environment: dict[str, str], *, on_terminal: bool) -> str:
    """Install, and return what is said on a terminal, or to a pipe."""
    shown, end = os.openpty() if on_terminal else os.pipe()
    done = subprocess.run(
        [script, "--install"], env=environment, stdout=end, stderr=end, check=False
    )
    os.close(end)
    try:
        said = b"".join(iter(partial(read_on, shown), b""))
    finally:
        os.close(shown)
    assert done.returncode == 0, said
    return said.decode()


def read_on(shown: int) -> bytes:
    """Return what comes next, nothing at the end: a terminal ends with an error.

    What was written to a terminal may come in parts, also after the writer's end.
    """
    try:
        return os.read(shown, 1 << 16)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


def told(folder: Path) -> str:
    """Return what the supervisor has printed."""
    return (folder / "told").read_text(encoding="utf-8")


def said(folder: Path, name: str) -> list[str]:
    file = folder / name
    return sorted(file.read_text(encoding="utf-8").split()) if file.exists() else []


@pytest.mark.timeout(300)
def test_the_end_of_the_last_child_is_never_missed(tmp_path: Path) -> None:
    """A shell that waits for its children misses one in some hundred ends of many at once."""
    port = free_port()
    script = installation(tmp_path, port, MANY)
    with serving(port):
        for number in range(1, ROUNDS + 1):
            with supervised(script) as process:
                expected = number * (MANY + 1)
                wait_until(lambda n=expected: len(said(tmp_path, "started")) == n, "the children")
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=50) == 0


def test_a_plan_that_comes_in_pieces_is_read_whole(tmp_path: Path) -> None:
    """On a busy machine the time for a look is up while the plan is being read."""
    port = free_port()
    script = installation(tmp_path, port, 2, pause=0.5)
    with serving(port), supervised(script):
        wait_until(lambda: said(tmp_path, "started") == ["web", "worker", "worker"], "the children")
        wait_until(lambda: f"is ready at http://127.0.0.1:{port}" in told(tmp_path), "the line")


def test_a_reload_that_is_asked_for_during_the_start_is_made_after_it(tmp_path: Path) -> None:
    port = free_port()
    script = installation(tmp_path, port, 2)
    with supervised(script) as process:
        wait_until(lambda: said(tmp_path, "started") == ["web"], "the server")
        process.send_signal(signal.SIGHUP)
        with serving(port):
            wait_until(lambda: said(tmp_path, "hung-up") == ["web"], "a HUP")
            wait_until(lambda: said(tmp_path, "started") == ["web", "worker", "worker"], "workers")
            assert said(tmp_path, "hung-up") == ["web"], "these began with the new settings"
            process.send_signal(signal.SIGUSR2)
            hung_up = ["web", "web", "worker", "worker"]
            wait_until(lambda: said(tmp_path, "hung-up") == hung_up, "another one")


def test_what_dies_is_started_again_at_once_and_later_each_time(tmp_path: Path) -> None:
    port = free_port()
    script = installation(tmp_path, port, 1)
    with serving(port), supervised(script) as process:
        wait_until(lambda: said(tmp_path, "started") == ["web", "worker"], "the children")
        for number, pause in enumerate([0, 1, 2, 3, 4], 2):
            for child in psutil.Process(process.pid).children():
                if "gunicorn" in command(child):
                    child.kill()
            line = f"raglan: web was ended by signal KILL; it is started again in {pause} s"
            wait_until(lambda said=line: said in told(tmp_path).splitlines(), "the line")
            expected = [*["web"] * number, "worker"]
            wait_until(lambda n=expected: said(tmp_path, "started") == n, "the server")
