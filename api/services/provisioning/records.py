"""Resources of SCIM as the services return them, and what is asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from xxhash import xxh3_64_hexdigest

from api.services.provisioning.filters import Filter
from api.services.provisioning.values import Document, Value

MOST = 1000
"""Resources of a page."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource; times in ms. `read_only` is what clients see and do not write.

    The version is made of what it holds, so that it changes when that does and never else; that of
    a group, which may hold very many people (`size`), is its `mark`.
    """

    id: str
    document: Document
    created: int
    modified: int
    read_only: Mapping[str, Value]
    mark: str = ""
    size: int = 0

    @property
    def version(self) -> str:
        """Return the version, as an entity tag has it between its quotes."""
        if self.mark:
            return self.mark
        held = [self.document, self.read_only]
        return xxh3_64_hexdigest(orjson.dumps(held, option=orjson.OPT_SORT_KEYS))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which resources are asked for: `start` counts from 1, without a `sort` the oldest first."""

    filter: Filter | None = None
    sort: str = ""
    descending: bool = False
    start: int = 1
    count: int = 100

    @property
    def limit(self) -> int:
        """Return how many are returned at most."""
        return min(max(self.count, 0), MOST)

    @property
    def offset(self) -> int:
        """Return how many come before."""
        return max(self.start, 1) - 1


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the resources that are asked for, and how many there are in all."""

    total: int
    start: int
    resources: tuple[Resource, ...]
