"""A server on a machine that has nothing of it: from a wheel, and from a fresh checkout."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from tests.clients.environments import uv, uv_program
from tests.running import PATIENCE, ROOT, free_port, wait_until


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the command that a wheel brings along, as `uv tool install` and pipx install it.

    The wheel says what it needs, and the lock in which versions; nothing is of the checkout.
    """
    folder = tmp_path_factory.mktemp("wheel")
    own = ROOT / ".venv" / "bin" / "python"
    uv("build", "-q", "--wheel", "--no-build-isolation", "--python", own, "-o", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    lock = ROOT / "requirements.lock"
    places = {"UV_TOOL_DIR": str(folder / "tools"), "UV_TOOL_BIN_DIR": str(folder / "bin")}
    uv("tool", "install", "-q", "--python", own, "--constraints", lock, wheel, **places)
    return folder / "bin" / "raglan"


def bare(home: Path, **variables: str) -> dict[str, str]:
    """Return the environment of somebody who has set nothing else."""
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), **variables}


@contextmanager
def running(command: list[str | Path], folder: Path, **variables: str) -> Iterator[str]:
    """Run a server in a folder; yield its address."""
    port = free_port()
    ports = {"RAGLAN_SERVER__PORT": str(port), "RAGLAN_METRICS__PORT": "0"}
    with (
        (folder / "told").open("wb") as told,
        subprocess.Popen(
            command, env=bare(folder, **ports, **variables), cwd=folder, stdout=told, stderr=told
        ) as process,
    ):
        tree = psutil.Process(process.pid)
        try:
            log = folder / "told"
            wait_until(lambda: process.poll() is not None or "is ready" in log.read_text(), "it")
            assert process.poll() is None, log.read_text()
            yield f"http://127.0.0.1:{port}"
        finally:
            left = [tree, *tree.children(recursive=True)]
            process.terminate()
            status = process.wait(timeout=PATIENCE)
        assert status == 0
        assert not any(item.is_running() for item in left), "nothing outlives it"


def test_a_wheel_serves_and_answers_from_one_folder(program: Path, tmp_path: Path) -> None:
    home = tmp_path / "all of it"
    # Somebody's own modules in the folder that they are in are not taken for the server's.
    (tmp_path / "api.py").write_text("raise SystemExit('not this one')", encoding="utf-8")
    (tmp_path / "leave.txt").write_text("Everybody has thirty days of leave.", encoding="utf-8")
    with running([program, "serve", "--home", home], tmp_path) as address:
        key = re.search(r"ragflow-[\w-]{43}", (tmp_path / "told").read_text())
        assert key
        told = [
            subprocess.run(
                [program, *words, "--url", address, "--key", key.group()],
                env=bare(tmp_path),
                cwd=home,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            for words in [
                ["ingest", tmp_path / "leave.txt", "--dataset", "handbook"],
                ["ask", "How many days of leave?"],
            ]
        ]
        assert [item.returncode for item in told] == [0, 0], [item.stderr for item in told]
        assert "Everybody has thirty days of leave." in told[1].stdout
        # What reads files of the project: the page, the description, the prompts, the tables.
        for path in ("/docs", "/openapi.json"):
            assert requests.get(f"{address}{path}", timeout=PATIENCE).status_code == 200
        form = requests.get(f"{address}/console/signin", timeout=PATIENCE).text
        static = re.search(r"/console/static/\w+", form)
        assert static
        sample = f"{address}{static.group()}/sample/en/handbook.pdf"
        assert requests.get(sample, timeout=PATIENCE).content.startswith(b"%PDF")
    assert {item.name for item in home.iterdir()} == {"data"}
    assert (home / "data" / "raglan.db").exists()


def test_an_installed_server_without_a_folder_keeps_all_in_the_users_data(
    program: Path, tmp_path: Path
) -> None:
    with running([program, "serve"], tmp_path):
        place = tmp_path / ".local" / "share" / "raglan"
        assert (place / "data" / "raglan.db").exists()
        assert f"Raglan 0.1.0 in {place}" in (tmp_path / "told").read_text()
    with running([program, "serve"], tmp_path, XDG_DATA_HOME=str(tmp_path / "data")):
        assert (tmp_path / "data" / "raglan" / "data" / "raglan.db").exists()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a fresh checkout, in which nothing is installed."""
    folder = tmp_path / "raglan"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "api", "rag", "conf", "*.lock", "pyproject.toml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in [*filter(None, listed.stdout.split("\0")), "entrypoint.sh"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def refused(checkout: Path, **variables: str) -> str:
    """Start a server that cannot start, and return what it says."""
    # How packages are had is this machine's affair.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAGLAN")}
    kept["PATH"] = f"{uv_program().parent}:{kept['PATH']}"
    done = subprocess.run(
        [checkout / "entrypoint.sh"],
        env=kept | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert not list(checkout.glob(".venv/lib/python*/site-packages/flask")), "nothing is installed"
    assert not (checkout / "data").exists(), "there is no account"
    return done.stderr


def test_wrong_settings_are_refused_before_anything_is_installed(checkout: Path) -> None:
    told = refused(checkout, RAGLAN_SERVER__PORT="many", RAGLAN_SERVER__WORKRES="3")
    assert "raglan: Setting server.port (RAGLAN_SERVER__PORT): " in told
    assert "raglan: Setting server.workres (RAGLAN_SERVER__WORKRES): there is no such" in told


def test_a_taken_port_is_refused_before_anything_is_installed(checkout: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(checkout, RAGLAN_SERVER__PORT=str(port))
    assert f"127.0.0.1, port {port}: another program listens there" in told
