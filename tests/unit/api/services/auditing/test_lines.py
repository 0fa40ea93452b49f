"""The file of the audit log: whole lines, whatever happened to who wrote before."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api.services.auditing import lines
from api.services.auditing.lines import append
from tests.disks import small_disk


@pytest.mark.parametrize("left", ["", '{"whole": 1}\n', '{"half": ', '{"whole": 1}\n{"half": '])
@pytest.mark.parametrize("block", [4, 64])
def test_what_a_killed_process_left_of_a_line_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str, block: int
) -> None:
    monkeypatch.setattr(lines, "BLOCK", block)
    path = tmp_path / "audit.jsonl"
    path.write_text(left)
    append(path, "a\nb\n")
    assert path.read_text() == left[: left.rfind("\n") + 1] + "a\nb\n"


def test_lines_that_do_not_fit_on_the_disk_leave_nothing_of_themselves(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        path = disk.folder / "audit.jsonl"
        append(path, "whole\n")
        disk.fill(leave=8 << 10)
        with pytest.raises(OSError, match="No space left"):
            append(path, "x" * (64 << 10) + "\n")
        assert path.read_text() == "whole\n"


def test_who_stands_still_with_the_file_is_not_waited_for_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "PATIENCE", 0.05)
    path = tmp_path / "audit.jsonl"
    append(path, "a\n")
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(TimeoutError, match="another process holds the file"):
            append(path, "b\n")
    append(path, "c\n")
    assert path.read_text() == "a\nc\n"


def test_lines_of_several_writers_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: append(path, f"{number} of many\n" * 50), range(20)))
    written = path.read_text().splitlines()
    assert len(written) == 1000
    assert {line.partition(" ")[2] for line in written} == {"of many"}
    assert path.stat().st_mode & 0o077 == 0
