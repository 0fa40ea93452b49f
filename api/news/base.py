"""Word between processes that something has changed: it may be lost, so that it only saves time."""

from typing import Protocol


class News(Protocol):
    """A channel that all processes of a server share."""

    @property
    def is_open(self) -> bool:
        """Return whether anybody can be told at all."""

    @property
    def is_heard(self) -> bool:
        """Return whether word comes here, as far as is known."""

    def tell(self) -> None:
        """Tell all who listen; raises UnavailableError."""

    def wait(self, timeout: float) -> bool:
        """Return whether word came within so many seconds; for one thread alone.

        It does, too, when the channel was opened just now. Raises UnavailableError.
        """

    def stop(self) -> None:
        """End the waiting, soon and for good."""


class NoNews:
    """The channel where there is none."""

    is_open = False
    is_heard = False

    def tell(self) -> None:
        """Tell nobody."""

    def wait(self, _timeout: float) -> bool:
        """Return that no word came."""
        return False

    def stop(self) -> None:
        """Do nothing."""
