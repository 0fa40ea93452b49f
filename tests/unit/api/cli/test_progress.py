"""Progress: bars on a terminal, plain lines elsewhere."""

import io
import os
import pty
import re
import termios
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any

import pytest

from api.cli.progress import ParseProgress, UploadProgress, last_line

CONTROLS = re.compile(r"[\r\x1b]")


@contextmanager
def terminal() -> Iterator[list[str]]:
    """Make standard error a terminal; what is drawn there is in the list afterwards."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    drawn: list[str] = []
    with open(theirs, "w", encoding="utf-8") as screen, redirect_stderr(screen):  # noqa: PTH123
        yield drawn
    pieces = []
    # When nobody has the terminal open any more, reading from it fails at the end.
    with suppress(OSError):
        while piece := os.read(ours, 1 << 16):
            pieces.append(piece)
    os.close(ours)
    drawn.append(b"".join(pieces).decode())


def running(name: str, progress: float, message: str = "") -> dict[str, Any]:
    return {"name": name, "progress": progress, "progress_msg": message}


def test_uploads_are_lines_where_there_is_no_terminal() -> None:
    with redirect_stderr(io.StringIO()) as said, UploadProgress(2048) as progress:
        for name, size in (("a.txt", 2048), ("b\x1b[2J.txt", 0)):
            progress.begin(Path(name), size)
            progress.sent(size)
            progress.uploaded(Path(name), size)
    assert said.getvalue() == "uploaded  a.txt (2.0 KB)\nuploaded  b[2J.txt (0 B)\n"


def test_uploads_are_a_bar_over_all_and_one_of_the_file() -> None:
    with terminal() as drawn, UploadProgress(300) as progress:
        progress.begin(Path("first.txt"), 100)
        progress.sent(100)
        progress.uploaded(Path("first.txt"), 100)
        progress.begin(Path("second.txt"), 200)
        progress.sent(200)
    [screen] = drawn
    assert "first.txt" in screen
    assert "second.txt" in screen
    assert "uploaded" not in screen
    assert re.search(r"uploading: 100%", screen)


def test_parsing_is_lines_where_there_is_no_terminal() -> None:
    with redirect_stderr(io.StringIO()) as said, ParseProgress(3) as progress:
        progress.show([running("a", 0.0)] * 3)
        progress.show([running("a", 0.5)] * 3)
        progress.show([running("a", 0.9)] * 2)
        progress.show([])
        progress.show([])
    lines = said.getvalue().splitlines()
    assert lines[0] == "parsed    0 of 3 files"
    assert lines[-1] == "parsed    3 of 3 files"
    assert len(lines) == len(set(lines))
    assert not CONTROLS.search(said.getvalue())


def test_parsing_is_a_bar_over_all_and_one_of_each_of_a_few_files() -> None:
    names = [f"file {number}" for number in range(9)]
    with terminal() as drawn, ParseProgress(10) as progress:
        progress.show(
            [
                running(name, number / 10, "12:00:01 x\n12:00:02 Page 3")
                for number, name in enumerate(names)
            ]
        )
        progress.show([running("file 8", 0.95)])
    [screen] = drawn
    assert re.search(r"parsing +46%", screen), "one of ten is done, nine have 3.6 of their way"
    assert "1 of 10 files" in screen
    assert re.search(r"file 8 +80%.*Page 3", screen)
    assert re.search(r"file 8 +95%", screen)
    assert "file 3" in screen
    assert "file 2" not in screen, "six files are shown, those that are furthest"
    assert "9 of 10 files" in screen


def test_a_document_that_failed_before_draws_no_negative_bar() -> None:
    with terminal() as drawn, ParseProgress(1) as progress:
        progress.show([running("again", -1.0)])
    assert re.search(r"again +0%", drawn[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Task is queued...", "Task is queued..."),
        ("12:30:01 first\n12:30:02 a.pdf is damaged: really.\n", "a.pdf is damaged: really."),
        ("alone", "alone"),
    ],
)
def test_the_last_line_of_a_message_is_shown_without_its_time(text: str, expected: str) -> None:
    assert last_line(text) == expected
