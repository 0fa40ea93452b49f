"""Slices of files of chunks."""

from pathlib import Path

import pytest

from api.cli.commands import chunks


def test_lines_are_sent_behind_as_many_blank_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "LINES_AT_ONCE", 2)
    file = tmp_path / "cut.jsonl"
    file.write_bytes(b"a\nb\n\nc\nd")

    parts = list(chunks.slices(file))

    assert [chunks.with_place(part) for part in parts] == [b"a\nb\n", b"\n\n\nc\n", b"\n\n\n\nd"]
    assert len({chunks.key_of(part) for part in parts}) == 3
