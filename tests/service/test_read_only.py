"""A server that may write to its data folder and /tmp alone, as in a container."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import ROOT, Server, end, wait_until

# A bind mount is read-only for root, too.
SHUT_IN = """
mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && ! touch "$1/probe" 2>/dev/null || exit 99
exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all "$1/entrypoint.sh"
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("only root may mount the project's folder read-only")
    server = Server(tmp_path / "data")
    # Coverage would write into the folder.
    measured = {key: value for key, value in server.environment.items() if "COVERAGE" not in key}
    command = ["unshare", "--mount", "sh", "-c", SHUT_IN, "sh", str(ROOT)]
    with (tmp_path / "data.log").open("ab") as log:
        server.process = subprocess.Popen(
            command,
            env=measured,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = server.process
    try:
        wait_until(lambda: process.poll() is not None or server.is_ready(), "the server")
        if process.poll() == 99:
            pytest.skip("this machine lets nobody mount")
        assert process.poll() is None, server.log
        yield server
    finally:
        end(server)


def test_it_starts_parses_answers_and_ends_without_writing_into_its_own_folder(
    server: Server,
) -> None:
    dataset = server.dataset()
    [document] = server.upload(dataset, ("a.txt", b"The tide table hangs by the door."))
    server.parse(dataset, [document])
    assert server.finished(dataset, document)["run"] == "DONE"
    assert server.found(dataset, "tide table")
    assert server.stop() == 0
    assert "Read-only file system" not in server.log
    assert "Traceback" not in server.log
