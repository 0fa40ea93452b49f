"""What a newcomer does: one command, then the README's example, the command line and curl."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.running import KEY, ROOT, Server, end, printed_key, server_on, wait_until

RAGLAN = ROOT / ".venv/bin/raglan"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_on(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "handbook"
    (home / "rules").mkdir(parents=True)
    (home / "leave.txt").write_text("Everybody has thirty days of leave a year.", encoding="utf-8")
    (home / "rules" / "desk.md").write_text("# Desk\n\nVisitors sign in at the desk.", "utf-8")
    (home / ".hidden.txt").write_text("nobody sees this", encoding="utf-8")
    return home


def raglan(server: Server, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RAGLAN, *map(str, arguments)],
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def raglan_json(server: Server, *arguments: object) -> object:
    done = raglan(server, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_first_start_prints_account_and_key_once_and_later_starts_keep_everything(
    tmp_path: Path,
) -> None:
    server = Server(
        tmp_path / "data", extra={"RAGLAN_BOOTSTRAP__API_KEY": "", "RAGLAN_BOOTSTRAP__PASSWORD": ""}
    )
    try:
        server.start()
        key = printed_key(server.log)
        assert "admin@raglan.local" in server.log
        assert f"http://127.0.0.1:{server.port}" in server.log
        made = server.call("POST", "/datasets", key=key, json={"name": "kept"})
        assert made["code"] == 0
        assert server.stop() == 0
        server.start()
        assert server.log.count(key) == 1
        assert server.call("GET", "/datasets", key=key)["data"][0]["name"] == "kept"
    finally:
        end(server)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_whole_tree(tmp_path: Path, number: signal.Signals) -> None:
    server = Server(tmp_path / "data")
    try:
        server.start()
        wait_until(lambda: len(server.web_workers()) == 2, "two web workers")
        wait_until(server.ingest_workers, "an ingest worker")
        tree = server.tree()
        assert server.stop(number) == 0
        assert not psutil.wait_procs(tree, timeout=5)[1]
    finally:
        end(server)


def test_the_example_of_the_readme_works_as_it_stands(server: Server) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert example
    code = example[1].replace("http://127.0.0.1:9380", server.url)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env=server.environment | {"RAGLAN_API_KEY": KEY},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "from eight to six" in done.stdout
    assert "- office.txt" in done.stdout


def test_ingest_search_and_ask(server: Server, folder: Path) -> None:
    done = raglan(server, "ingest", folder, "--dataset", "handbook")
    assert done.returncode == 0, done.stderr
    assert "2 documents" in done.stdout
    searched = raglan(server, "search", "How many days of leave?", "--dataset", "handbook")
    assert "thirty days" in searched.stdout
    assert "leave.txt" in searched.stdout
    asked = raglan(server, "ask", "How many days of leave do I have?", "--dataset", "handbook")
    assert "thirty days" in asked.stdout
    assert re.search(r"\[ID:\d+\] leave\.txt", asked.stdout)


def test_ingest_again_uploads_nothing_twice(server: Server, folder: Path) -> None:
    for _ in range(2):
        assert raglan(server, "ingest", folder, "--dataset", "twice").returncode == 0
    listed = raglan_json(server, "documents", "--dataset", "twice")
    assert isinstance(listed, list)
    assert sorted(item["name"] for item in listed) == ["desk.md", "leave.txt"]


def test_ingest_names_what_was_refused_and_keeps_the_rest(server: Server, folder: Path) -> None:
    (folder / "program.xyz").write_bytes(b"\x00\x01")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    done = raglan(server, "ingest", folder, "--dataset", "mixed")
    assert done.returncode == 1
    assert "program.xyz" in done.stderr
    assert "broken.pdf" in done.stderr
    assert "2 documents" in done.stdout


def test_keys_can_be_made_listed_and_revoked(server: Server) -> None:
    made = raglan_json(server, "keys", "create", "for a test")
    assert isinstance(made, dict)
    assert server.call("GET", "/datasets", key=made["key"])["code"] == 0
    listed = raglan_json(server, "keys", "list")
    assert isinstance(listed, list)
    assert made["key"] not in json.dumps(listed)
    raglan_json(server, "keys", "revoke", made["id"])
    assert server.call("GET", "/datasets", key=made["key"])["code"] == 109


def test_doctor_finds_every_part_in_order(server: Server) -> None:
    checks = raglan_json(server, "doctor")
    assert isinstance(checks, list)
    assert {"settings", "data folder", "database", "chunk store", "storage", "server"} <= {
        check["part"] for check in checks
    }
    assert all(check["ok"] for check in checks), checks


def test_reindex_brings_a_lost_index_back(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    try:
        server.start()
        dataset = server.dataset()
        [document] = server.upload(dataset, ("a.txt", b"The lighthouse was built in 1822."))
        server.parse(dataset, [document])
        assert server.finished(dataset, document)["run"] == "DONE"
        server.stop()
        for file in server.data.glob("chunks.db*"):
            file.unlink()
        assert raglan(server, "reindex").returncode == 0
        server.start()
        wait_until(lambda: server.found(dataset, "lighthouse"), "the chunk to be found")
    finally:
        end(server)
