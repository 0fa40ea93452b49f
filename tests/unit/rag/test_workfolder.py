"""Folders of parser processes, and those that killed workers leave behind."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.workfolder import sweep, work_folder
from tests.running import ROOT

HOST = """
import sys
from pathlib import Path
from rag.workfolder import work_folder

with work_folder(Path(sys.argv[1])) as folder:
    (Path(folder) / "file").write_text("left")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_there_for_the_block_and_no_longer(tmp_path: Path) -> None:
    parent = tmp_path / "tmp"
    with work_folder(parent) as folder:
        assert Path(folder).parent == parent
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        (Path(folder) / "file").write_text("text")

    assert list(parent.iterdir()) == []


def test_the_folder_of_a_killed_process_is_swept_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "raglan-parser-notes.txt").write_text("a file")
    (tmp_path / "other").mkdir()
    command = [sys.executable, "-c", HOST, str(tmp_path)]
    with (
        work_folder(tmp_path) as own,
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as host,
    ):
        assert host.stdout
        folder = Path(host.stdout.readline().strip())
        assert sweep(tmp_path) == 0
        assert (folder / "file").exists()
        host.kill()
        host.wait()

        assert sweep(tmp_path) == 1

        assert not folder.exists()
        assert Path(own).exists()
        assert (tmp_path / "raglan-parser-notes.txt").exists()
        assert (tmp_path / "other").exists()


def test_a_place_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert sweep(tmp_path / "absent") == 0


def test_a_place_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"), work_folder(tmp_path / "file"):
        pass


def test_folders_that_are_made_while_it_sweeps_stay(tmp_path: Path) -> None:
    start = threading.Barrier(4)

    def work(_: int) -> bool:
        start.wait()
        for _ in range(50):
            with work_folder(tmp_path) as folder:
                if not Path(folder).exists():
                    return False
        return True

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work, number) for number in range(3)]
        start.wait()
        while not all(item.done() for item in working):
            sweep(tmp_path)

    assert all(item.result() for item in working)
    assert list(tmp_path.iterdir()) == []
