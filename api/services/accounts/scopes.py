"""What an API key may be used for, where that is less than all that its owner may do."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import orjson

from api.errors import ScopeError

MOST_DATASETS = 100
"""How many datasets a scope names at most: it is read with every request that carries the key."""


class Noun(StrEnum):
    """What a key is for; which pages that are is a table of the doors' (`api.http.scopes`)."""

    DATASETS = "datasets"
    DOCUMENTS = "documents"
    CHUNKS = "chunks"
    SEARCH = "search"
    ASSISTANTS = "assistants"
    FILES = "files"
    MODELS = "models"
    TASKS = "tasks"


REMEMBERED = 1024


class Reach(StrEnum):
    """Whether a key changes things; to search and to ask changes nothing."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key may be used for; what is empty leaves out nothing.

    Without ids it reaches all datasets, and all else, too.
    """

    reach: Reach = Reach.WRITE
    dataset_ids: frozenset[str] = frozenset()
    doors: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()

    @property
    def kept(self) -> str:
        """Return what is kept of it; empty for one that leaves out nothing."""
        if self == EVERYTHING:
            return ""
        parts = (self.dataset_ids, self.doors, self.nouns)
        return orjson.dumps([self.reach, *map(sorted, parts)]).decode()

    def check_dataset(self, dataset_id: str) -> None:
        """Raise ScopeError for a dataset that it leaves out."""
        if self.dataset_ids and dataset_id not in self.dataset_ids:
            raise ScopeError(f"The scope of this API key leaves out the dataset {dataset_id}.")


EVERYTHING = Scope()


@lru_cache(REMEMBERED)
def scope_of(kept: str) -> Scope:
    """Return the scope that was kept."""
    if not kept:
        return EVERYTHING
    reach, *parts = orjson.loads(kept)  # two parts were added later
    return Scope(Reach(reach), *map(frozenset, parts))
