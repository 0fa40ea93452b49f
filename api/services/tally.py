"""What came of doing something to several things, of which some may not exist."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from api.things import Kind


@dataclass(frozen=True, slots=True)
class Tally:
    """To how many things of a kind it was done, and the ids of the others with the reason.

    `missing` are not there, `refused` are in a state that forbids it, `repeated` were given more
    than once, which changes nothing.
    """

    kind: Kind
    count: int
    missing: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()


def distinct(ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the ids once each, in order, and those that came more than once."""
    times = Counter(ids)
    return list(times), [item for item, count in times.items() if count > 1]
