"""What docs/settings.md and docs/operations.md show, run as it stands, but for three sections.

Lines that start a server are no tests of their own: their settings are those that a server takes,
and other tests start servers with them. `NEEDED` says what a line needs that no test has.
"""

import json
import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.config.sources import load_settings
from tests.running import KEY, ROOT
from tests.service.web import WebServer, web_server_alone_on
from tests.support.terminal import Terminal, blocks_of

NEEDED = {
    "sudo ": "systemd",
    "docker ": "a container engine",
    "kubectl ": "a cluster",
    "git pull": "a newer version",
}
TEXT = b"The tide table hangs by the door."
START = re.compile(r"((?:\w+=\S+ )*)\./entrypoint\.sh((?: --install \w+)?)")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server_alone_on(tmp_path_factory.mktemp("administering") / "data") as running:
        yield running


@pytest.fixture
def terminal(server: WebServer, tmp_path: Path) -> Terminal:
    """Return a terminal in a folder in which data and program are where the pages have them."""
    (tmp_path / "data").symlink_to(server.data)
    known = {
        ".venv/bin/python": sys.executable,
        ".venv/bin/raglan": "raglan",
        "/backups": str(tmp_path),
    }
    return Terminal(server, tmp_path, known, {"KEY": KEY})


def blocks(name: str) -> Iterator[str]:
    """Yield the blocks of a page that can be run here and start no server."""
    for block in blocks_of(name):
        if not START.search(block) and not any(words in block for words in NEEDED):
            yield block


def test_settings_are_changed_and_brought_back_by_the_lines_of_the_page(
    terminal: Terminal,
) -> None:
    [block] = blocks("settings.md")
    _, listed, history, exported, *_ = terminal.run(block)
    assert re.search(r"retrieval\.top_k +512 +.*database", listed)
    assert "retrieval.top_k" in history
    assert exported == (terminal.folder / "settings.yaml").read_text()
    assert terminal.run("raglan config get retrieval.top_k") == ["512\n"]


def test_an_administrator_watches_backs_up_and_restores_by_the_lines_of_the_page(
    server: WebServer, terminal: Terminal, tmp_path: Path
) -> None:
    dataset = server.dataset()
    server.upload(dataset, ("a.txt", TEXT))
    audit, request_id, room, one_file, by_hand, back = blocks("operations.md")
    assert json.loads(terminal.run(audit)[0])["code"] == 0
    assert terminal.run(request_id)[0].lower().startswith("x-request-id: ")
    for printed in terminal.lines(one_file):
        assert printed
        terminal.variables["RAGLAN_DATA_DIR"] = str(tmp_path / "restored")  # the server runs on
    terminal.run(by_hand)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "backup").rename(elsewhere / "backup")
    moved = Terminal(server, elsewhere, terminal.known, dict(terminal.variables))
    moved.variables["RAGLAN_DATA_DIR"] = str(elsewhere / "data")
    moved.run(back)
    moved.run(room)
    for place in (tmp_path / "restored", elsewhere / "data"):
        with closing(sqlite3.connect(place / "raglan.db")) as database:
            assert database.execute("SELECT name FROM document").fetchall() == [("a.txt",)]
        kept = [path.read_bytes() for path in (place / "files").rglob("*") if path.is_file()]
        assert kept == [TEXT]


@pytest.mark.parametrize("name", ["settings.md", "operations.md"])
def test_servers_start_by_settings_and_extras_that_there_are(name: str, tmp_path: Path) -> None:
    lines = [line for block in blocks_of(name) for line in START.findall(block)]
    assert lines
    for settings, extra in lines:
        given = dict(word.split("=", 1) for word in settings.replace("'", "").split())
        load_settings({**given, "RAGLAN_DATA_DIR": str(tmp_path)})
        assert not extra or extra.split()[-1] in EXTRAS
