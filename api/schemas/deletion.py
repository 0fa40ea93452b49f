"""What came of deleting several things of which some may not exist."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import NotFoundError
from rag.quoting import listed


@dataclass(frozen=True, slots=True)
class Deletion:
    """How many were deleted, and a sentence for each that was not."""

    count: int
    problems: tuple[str, ...] = ()

    @property
    def data(self) -> dict[str, Any] | None:
        """Return what the client is told beside success: nothing when all went well."""
        return self.counted if self.problems else None

    @property
    def counted(self) -> dict[str, Any]:
        """Return the count in any case, and the first sentences if there are any."""
        counted: dict[str, Any] = {"success_count": self.count}
        return counted | {"errors": listed(self.problems)} if self.problems else counted


def settled(count: int, problems: Iterable[str]) -> Deletion:
    """Return what came of it; raises NotFoundError when there are problems and nothing else."""
    told = tuple(problems)
    if told and not count:
        raise NotFoundError("; ".join(listed(told)))
    return Deletion(count, told)


def distinct(ids: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the ids once each, in order, and those that came more than once."""
    times = Counter(ids)
    return list(times), [item for item, count in times.items() if count > 1]
