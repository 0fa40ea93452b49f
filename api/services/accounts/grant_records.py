"""Grants as they are kept and shown."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

EVERYBODY = "*"
"""The id of everybody who has an account."""


class Subject(StrEnum):
    """To whom something is granted."""

    USER = "user"
    GROUP = "group"
    EVERYBODY = "everybody"


class Level(StrEnum):
    """What is granted; each includes those before it."""

    READ = "read"
    WRITE = "write"
    MANAGE = "manage"


RANKS: Mapping[Level, int] = {Level.READ: 1, Level.WRITE: 2, Level.MANAGE: 3}
"""What is kept of a level: the `Right` of `api.services.accounts.access` that it gives."""

LEVELS: Mapping[int, Level] = {rank: level for level, rank in RANKS.items()}


class GrantRecord(NamedTuple):
    """A grant of a thing; `name` and `email` are those of the person or group, may be empty."""

    subject_kind: str
    subject_id: str
    rank: int
    name: str
    email: str
    create_time: int

    @property
    def level(self) -> Level:
        """Return what is granted."""
        return LEVELS[self.rank]


class NewGrant(NamedTuple):
    """What is to be granted to whom; `subject_id` is `*` for everybody."""

    subject: Subject
    subject_id: str
    level: Level
