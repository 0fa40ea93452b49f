"""Whom unexpected errors are told, beside the log."""

from collections.abc import Callable
from typing import Protocol

Place = Callable[[], str]
"""Tells what is being done: a route; empty where nobody has asked for anything."""


def nowhere() -> str:
    """Return that nobody has asked for anything."""
    return ""


class Defects(Protocol):
    """Tells somebody of the errors that are logged with a traceback, which are unexpected ones.

    Nothing that it does raises an error or waits.
    """

    def start(self, process: str, place: Place = nowhere) -> None:
        """Begin in this process, which does not fork any more."""
        ...

    def stop(self) -> None:
        """Send what was not sent yet, as far as that takes no time."""
        ...
