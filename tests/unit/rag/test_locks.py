"""Locks go with who holds them, and nobody has one that somebody else has."""

import os
from pathlib import Path

from rag.locks import hold, lock, try_lock


def test_one_holds_a_file_until_it_is_closed(tmp_path: Path) -> None:
    first = hold(tmp_path / "lock")
    assert first is not None
    assert hold(tmp_path / "lock") is None
    os.close(first)
    second = hold(tmp_path / "lock")
    assert second is not None
    os.close(second)


def test_who_is_refused_keeps_nothing_open(tmp_path: Path) -> None:
    held = hold(tmp_path / "lock")
    assert [hold(tmp_path / "lock") for _ in range(3)] == [None] * 3
    assert len(opened(tmp_path / "lock")) == 1
    assert held is not None
    os.close(held)


def test_a_folder_may_be_shared_by_those_who_agree(tmp_path: Path) -> None:
    first, second, third = (os.open(tmp_path, os.O_RDONLY) for _ in range(3))
    lock(first, shared=True)
    lock(second, shared=True)
    assert not try_lock(third)
    os.close(first)
    os.close(second)
    assert try_lock(third)
    os.close(third)


def opened(path: Path) -> list[Path]:
    """Return the descriptors of this process that have a file open."""
    links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    return [link for link in links if os.path.realpath(link) == str(path)]
