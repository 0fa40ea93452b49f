"""What people say of answers, as the service takes and returns it. Times are in ms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from api.services.stores.knowledge_records import PersonRecord

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says: `value` is 1, -1, or 0 for neither; the rest is as the client has it."""

    kind: str
    model_id: str
    value: int
    data: Json
    meta: Json
    snapshot: Json


class Rating(NamedTuple):
    """What a person says of an answer; `snapshot` is left out of lists."""

    id: str
    user_id: str
    kind: str
    model_id: str
    value: int
    data: Json
    meta: Json
    create_time: int
    update_time: int
    snapshot: Json


class RatedBy(NamedTuple):
    """What a person says of an answer, and who it is; None for an account that is no more."""

    rating: Rating
    person: PersonRecord | None


@dataclass(frozen=True, slots=True)
class RatingsWanted:
    """Which ratings to list: by a column, of a model, of a person; what is empty does not filter.

    A page counts from 0; without one it is all of them.
    """

    order: str = "update_time"
    descending: bool = True
    model_id: str = ""
    user_id: str = ""
    page: int | None = 0


OLDEST_FIRST = RatingsWanted("create_time", descending=False, page=None)
"""All ratings in the order in which they were made."""


class Match(NamedTuple):
    """Which of two models answered better."""

    winner: str
    loser: str


class Standing(NamedTuple):
    """How a model does beside others: its rating after Elo, and the tags of its answers."""

    model_id: str
    rating: int
    won: int
    lost: int
    tags: Sequence[tuple[str, int]]
