"""What the server's parts count and measure with; it does nothing until metrics are offered."""

from collections.abc import Mapping
from typing import Protocol

from api.observability.definitions import Definition

Figures = Mapping[tuple[Definition, tuple[str, ...]], float]
"""Values of gauges by their labels, which no process counts."""


class Recorder(Protocol):
    """Takes figures, from any thread or greenlet; values of labels in the definition's order."""

    def count(self, what: Definition, *labels: str, by: float = 1.0) -> None:
        """Increase a counter or a gauge; a gauge may also be decreased."""
        ...

    def observe(self, what: Definition, value: float, *labels: str) -> None:
        """Add a value to a distribution."""
        ...

    def set(self, what: Definition, value: float, *labels: str) -> None:
        """Record the state of a gauge."""
        ...

    def settle(self) -> None:
        """Retry to store what found no place; called now and then, from one thread."""
        ...


class NullRecorder:
    """Forgets everything: the Recorder of a process that offers no metrics."""

    def count(self, what: Definition, *labels: str, by: float = 1.0) -> None:
        """Do nothing."""

    def observe(self, what: Definition, value: float, *labels: str) -> None:
        """Do nothing."""

    def set(self, what: Definition, value: float, *labels: str) -> None:
        """Do nothing."""

    def settle(self) -> None:
        """Do nothing."""


NOTHING: Recorder = NullRecorder()
