"""What came of deleting several things, of which some may not exist."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deletion:
    """How many were deleted, and the ids that were given more than once."""

    count: int
    repeated: tuple[str, ...] = ()


def distinct(ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the ids once each, in order, and those that came more than once."""
    times = Counter(ids)
    return list(times), [item for item, count in times.items() if count > 1]
