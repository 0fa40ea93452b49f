"""Counts of attempts in this process."""

from limits.storage import MemoryStorage

from api.attempts.base import Counts


def in_memory() -> Counts:
    """Return counts of this process."""
    return Counts(MemoryStorage)
