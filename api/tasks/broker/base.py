"""What carries word of tasks to workers of any machine, beside the table that keeps the tasks."""

from collections.abc import Sequence
from typing import Protocol


class Broker(Protocol):
    """Has a queue for each kind of task, whose messages say that something waits.

    A message has the id of a task, but whoever takes it claims the task whose turn it is. So a
    message that is lost, or comes twice, changes nothing. All methods but `close` raise
    UnavailableError when the broker does not answer in time.
    """

    @property
    def is_there(self) -> bool:
        """Return whether a broker is configured at all."""
        ...

    def waiting(self, kind: str) -> int:
        """Return how many messages no worker has taken yet."""
        ...

    def announce(self, kind: str, task_ids: Sequence[str]) -> None:
        """Send a message for each of some tasks."""
        ...

    def revoke(self, task_ids: Sequence[str]) -> None:
        """Have workers pass over the messages of tasks that will never run."""
        ...

    def workers(self) -> int:
        """Return how many workers answer; it takes a second."""
        ...

    def close(self) -> None:
        """Close the connection; the next call opens another one."""
        ...


class NoBroker:
    """Stands for a broker where none is configured: workers look in the table by themselves."""

    is_there = False

    def waiting(self, kind: str) -> int:  # noqa: ARG002 - the protocol's
        """Return 0."""
        return 0

    def announce(self, kind: str, task_ids: Sequence[str]) -> None:
        """Do nothing."""

    def revoke(self, task_ids: Sequence[str]) -> None:
        """Do nothing."""

    def workers(self) -> int:
        """Return 0."""
        return 0

    def close(self) -> None:
        """Do nothing."""
