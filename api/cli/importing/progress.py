"""How far an import is, on standard error: bars on a terminal, plain lines elsewhere."""

import time
from types import TracebackType
from typing import Protocol, Self

from api.cli.output import counted, is_terminal, say
from api.cli.progress import ALL_FORMAT, ParseProgress, bar, label
from api.services.library.records import DocumentRecord

POLL_SECONDS = 0.5
QUIET_SECONDS = 5.0


class Moved(Protocol):
    """Documents that were moved."""

    def running(self) -> list[DocumentRecord]:
        """Return those that are being parsed."""
        ...


class ItemProgress:
    """One bar over all things of a kind that are moved."""

    def __init__(self, total: int, noun: str = "document") -> None:
        """Draw the bar."""
        self.noun = noun
        self.total = total
        self.count = 0
        self.told_at = time.monotonic()
        self.quiet = not is_terminal()
        self.all = bar("moving   ", total, 0, disable=self.quiet, unit="", bar_format=ALL_FORMAT)

    def __enter__(self) -> Self:
        """Return the bar."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        """Close the bar; where there is none, print how far it came."""
        self.all.close()
        if self.quiet:
            self.tell()

    def begin(self, name: str) -> None:
        """Draw the name of what is moved."""
        self.all.unit = label(name)
        self.all.refresh()

    def done(self) -> None:
        """Draw that one more is done."""
        self.count += 1
        self.all.update(1)
        if self.quiet and time.monotonic() - self.told_at > QUIET_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Print how many are done."""
        say(f"moved     {self.count} of {counted(self.total, self.noun)}", err=True)
        self.told_at = time.monotonic()


def wait_for(moved: Moved) -> None:
    """Show the progress of documents until none is being parsed."""
    running = moved.running()
    if not running:
        return
    with ParseProgress(len(running)) as progress:
        while running:
            progress.show(
                [
                    {
                        "progress": item.progress,
                        "name": item.name,
                        "progress_msg": item.progress_msg,
                    }
                    for item in running
                ]
            )
            time.sleep(POLL_SECONDS)
            running = moved.running()
        progress.show([])
