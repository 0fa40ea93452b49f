"""What lists have in common: from which row on they show, and what of each row."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, cast, get_type_hints

import orjson
from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from api.errors import ArgumentError
from api.schemas.base import LenientFlag, PageQuery, Request
from api.services.library.values import Page, Place
from rag.quoting import enumerated

LONGEST_CURSOR = 4096
MOST_FIELDS = 100
MOST_INTEGER = 2**63 - 1
NOTHING: frozenset[str] = frozenset()

TEXTS = frozenset({"name", "type", "run"})
FLOATS = frozenset({"progress"})
"""Orders whose values are texts, or floats; those of the others are integers."""

D = TypeVar("D", bound=Mapping[str, Any])


class ListPart(Request):
    """Behind which row a page of a list begins, unless it has a number, and what of each row.

    That row (`after`) is named by its id, or by a cursor, which has the value of the row in the
    order of the list and stays when the row changes or goes.
    """

    heavy: ClassVar[Mapping[str, frozenset[str]]] = {}
    """What of the records takes reading of its own, with the names under which it is shown."""

    after: str = Field("", max_length=LONGEST_CURSOR)
    fields: list[str] = Field(default=[], max_length=MOST_FIELDS)

    @classmethod
    def shows(cls) -> frozenset[str]:
        """Return the names of what a row shows."""
        raise NotImplementedError

    @field_validator("fields")
    @classmethod
    def known_fields(cls, given: list[str]) -> list[str]:
        """Take names apart at commas; refuse those that a row does not have."""
        names = [name.strip() for item in given for name in item.split(",")]
        wanted = list(dict.fromkeys(filter(None, names)))
        unknown = [name for name in wanted if name not in cls.shows()]
        if unknown:
            raise PydanticCustomError(
                "unknown_fields", "There is no field {names}", {"names": enumerated(unknown)}
            )
        return wanted

    @model_validator(mode="after")
    def one_way_of_paging(self) -> Self:
        """Refuse both ways of paging at once."""
        if self.after and "page" in self.model_fields_set:
            raise ArgumentError("`after` and `page` cannot be given together.")
        return self

    def check_fields(self, shows: frozenset[str]) -> None:
        """Refuse fields that a row does not have in a contract that shows less of it."""
        unknown = [name for name in self.fields if name not in shows]
        if unknown:
            raise ArgumentError(f"`fields`: there is no field {enumerated(unknown)}.")

    def place(self, order: str) -> Place | None:
        """Return the place behind which the page begins; raises ArgumentError."""
        return read_cursor(self.after, order) if self.after else None

    def without(self) -> frozenset[str]:
        """Return what of the records need not be read."""
        if not self.fields:
            return NOTHING
        return frozenset(
            name for name, shown in self.heavy.items() if shown.isdisjoint(self.fields)
        )

    def chosen(self, rows: list[D]) -> list[D]:
        """Return rows with the fields that are asked for, all where none are named."""
        return [picked(row, self.fields) for row in rows] if self.fields else rows


class ListQuery(ListPart, PageQuery):
    """Which part of a list, and what of each row."""


class OrderedQuery(ListQuery):
    """Which part of a list that goes by a column."""

    orderby: str = "create_time"
    desc: LenientFlag = True

    def part(self) -> Page:
        """Return which part of the list is asked for."""
        place = self.place(self.orderby)
        return Page(self.orderby, self.desc, self.page_size, self.offset, place, self.without())

    def next_after(self, found: Sequence[Any]) -> str:
        """Return the cursor of the last thing of a full page; empty where nothing follows."""
        if not found or len(found) < self.page_size:
            return ""
        row = self.row_of(found[-1])
        return written_cursor(Place(row.id, getattr(row, self.orderby)), self.orderby)

    @staticmethod
    def row_of(listed: Any) -> Any:
        """Return the record of a row in what the service returns."""
        return listed


def shown_as(*same: str, **others: str) -> dict[str, frozenset[str]]:
    """Return what of records is shown under which names: the same one, or those of a text."""
    names = {name: name for name in same} | others
    return {name: frozenset(shown.split()) for name, shown in names.items()}


@cache
def names_in(answer: type) -> frozenset[str]:
    """Return the names of the fields of an answer."""
    return frozenset(get_type_hints(answer))


def picked(row: D, names: Sequence[str]) -> D:
    """Return a row with some of its fields."""
    return cast("D", {name: row[name] for name in names if name in row})


def written_cursor(place: Place, order: str) -> str:
    """Return the cursor of a place in a list of this order."""
    known = orjson.dumps([order, place.value])
    return f"{place.id}.{urlsafe_b64encode(known).decode().rstrip('=')}"


def read_cursor(text: str, order: str) -> Place:
    """Return the place that an id or a cursor names; raises ArgumentError."""
    row_id, dot, rest = text.partition(".")
    if not dot:
        return Place(text)
    try:
        known = orjson.loads(urlsafe_b64decode(rest + "=" * (-len(rest) % 4)))
    except (ValueError, Error) as error:
        raise ArgumentError("`after` is neither an id nor a cursor of a list.") from error
    match known:
        case [str(of), str() | int() | float() as value] if fits(of, value):
            if of != order:
                raise ArgumentError(f"`after` is a cursor of a list ordered by `{of}`.")
            return Place(row_id, value)
    raise ArgumentError("`after` is neither an id nor a cursor of a list.")


def fits(order: str, value: str | float) -> bool:
    """Return whether a value may stand in the column of an order."""
    if order in TEXTS:
        return isinstance(value, str) and "\0" not in value
    if order in FLOATS:
        return type(value) in {int, float}
    return type(value) is int and abs(value) <= MOST_INTEGER
