"""Progress on standard error: bars on a terminal, plain lines elsewhere."""

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from api.cli.answers import Parsed
from api.cli.output import amount, counted, is_terminal, one_line, say

LINES = 6
NAME_WIDTH = 32
NOTE_WIDTH = 40
QUIET_SECONDS = 5.0

FILE_FORMAT = "  {desc} {percentage:3.0f}%|{bar}| {unit}"
ALL_FORMAT = "{desc} {percentage:3.0f}%|{bar}| {unit}"
"""tqdm puts a comma before its own field for remarks, so that they stand in that of the unit."""

NOT_AT_ONCE = 1e-9
"""In seconds; keeps tqdm from drawing a bar before there is something to show."""


class UploadProgress:
    """One bar over all bytes, and one for the file that is on its way."""

    def __init__(self, total: int) -> None:
        """Draw the bar over all."""
        self.quiet = not is_terminal()
        self.all = bar("uploading", total, 0, disable=self.quiet, unit="B", unit_scale=True)
        self.file = line(1, disable=self.quiet)

    def __enter__(self) -> Self:
        """Return the bars."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Close the bar over all."""
        self.file.close()
        self.all.close()

    def begin(self, path: Path, size: int) -> None:
        """Draw a file."""
        if not self.quiet:
            self.file.reset(total=size)
            self.file.unit = amount(size)
            self.file.set_description_str(label(path.name))

    def sent(self, count: int) -> None:
        """Draw that so many more bytes were sent."""
        self.file.update(count)
        self.all.update(count)

    def uploaded(self, path: Path, size: int) -> None:
        """Report a file that has arrived."""
        if self.quiet:
            say(f"uploaded  {path} ({amount(size)})", err=True)


class ParseProgress:
    """One bar over all documents, and one for each of a few that are being worked on."""

    def __init__(self, count: int) -> None:
        """Draw the bar over all; the others appear with their documents."""
        self.count = count
        self.quiet = not is_terminal()
        self.told = -1
        self.told_at = 0.0
        self.all = bar("parsing  ", count, 0, disable=self.quiet, unit="", bar_format=ALL_FORMAT)
        self.lines = [line(place, disable=self.quiet) for place in range(1, min(LINES, count) + 1)]

    def __enter__(self) -> Self:
        """Return the bars."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Close the bar over all and remove the others."""
        for drawn in reversed(self.lines):
            drawn.close()
        self.all.close()

    def show(self, running: Sequence[Parsed]) -> None:
        """Draw how far the documents are; those that are not among the running are finished."""
        if self.quiet:
            self.tell(self.count - len(running))
        else:
            self.draw(sorted(running, key=lambda item: -item["progress"]))

    def draw(self, running: Sequence[Parsed]) -> None:
        """Draw the bars."""
        finished = self.count - len(running)
        self.all.n = finished + sum(max(0.0, item["progress"]) for item in running)
        self.all.unit = f"{finished} of {counted(self.count, 'file')}"
        self.all.refresh()
        for drawn, item in zip(self.lines, running, strict=False):
            drawn.n = max(0, round(100 * item["progress"]))
            drawn.unit = one_line(last_line(item["progress_msg"]))[:NOTE_WIDTH]
            drawn.set_description_str(label(item["name"]))
        for drawn in self.lines[len(running) :]:
            drawn.clear()

    def tell(self, finished: int) -> None:
        """Print a line when something has changed, and some time after the last one."""
        now = time.monotonic()
        due = finished == self.count or now - self.told_at > QUIET_SECONDS
        if finished != self.told and due:
            say(f"parsed    {finished} of {counted(self.count, 'file')}", err=True)
            self.told, self.told_at = finished, now


def bar(description: str, total: int, place: int, **options: Any) -> Any:
    """Return a progress bar."""
    return tqdm(desc=description, total=total, position=place, dynamic_ncols=True, **options)


def line(place: int, *, disable: bool) -> Any:
    """Return the bar of a file, some lines below that over all."""
    options = {"bar_format": FILE_FORMAT, "unit": "", "delay": NOT_AT_ONCE, "leave": False}
    return bar("", 100, place, disable=disable, **options)


def label(name: str) -> str:
    """Return a file's name as wide as all others."""
    return one_line(name)[:NAME_WIDTH].ljust(NAME_WIDTH)


def last_line(text: str) -> str:
    """Return the newest line of a progress message, without its time."""
    lines = text.strip().splitlines() or [""]
    head, _, rest = lines[-1].partition(" ")
    return rest if head.count(":") == 2 else lines[-1]  # noqa: PLR2004 - as in 12:30:00
