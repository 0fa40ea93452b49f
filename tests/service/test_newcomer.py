"""What a newcomer does first: one command, its end, and a chunk store that was lost."""

import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.running import ROOT, Server, end, printed_key, wait_until

RAGLAN = ROOT / ".venv/bin/raglan"


def raglan(server: Server, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [RAGLAN, *map(str, arguments)],
        env=server.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


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
        line = f"Raglan is ready at http://127.0.0.1:{server.port}"
        wait_until(lambda: line in server.log, "the address")
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
        assert not psutil.wait_procs(tree, timeout=30)[1]
    finally:
        end(server)


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
