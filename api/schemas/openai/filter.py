"""Filters by attributes, as OpenAI's searches have them: comparisons, joined and nested."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from api.errors import ArgumentError
from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.quoting import represented

MOST_COMPARISONS = 100
MOST_LEVELS = 16

COMPARISONS: Mapping[str, Comparison] = {
    "eq": Comparison.IS,
    "ne": Comparison.IS_NOT,
    "gt": Comparison.GREATER,
    "gte": Comparison.GREATER_EQUAL,
    "lt": Comparison.LESS,
    "lte": Comparison.LESS_EQUAL,
    "in": Comparison.IN,
    "nin": Comparison.NOT_IN,
}
LISTS = {Comparison.IN, Comparison.NOT_IN}


def filter_of(value: Any) -> MetadataCondition | None:
    """Return what a filter asks for; raises ArgumentError, which names the place."""
    if value is None or value == {}:
        return None
    read = one_filter(value, "filters", MOST_LEVELS)
    if comparisons_in(read) > MOST_COMPARISONS:
        raise ArgumentError(f"filters: at most {MOST_COMPARISONS} comparisons.")
    return read if isinstance(read, MetadataCondition) else MetadataCondition((read,))


def one_filter(value: Any, place: str, levels: int) -> Condition | MetadataCondition:
    """Return a comparison, or filters that are joined."""
    if not isinstance(value, Mapping):
        raise ArgumentError(f"{place}: it must be an object.")
    kind = value.get("type", "eq")
    if kind in ("and", "or"):
        return joined(value, place, levels)
    if not isinstance(kind, str) or kind not in COMPARISONS:
        known = ", ".join((*COMPARISONS, "and", "or"))
        raise ArgumentError(f"{place}.type: it is {represented(kind)}; use one of {known}.")
    return comparison(value, place, COMPARISONS[kind])


def joined(value: Mapping[str, Any], place: str, levels: int) -> MetadataCondition:
    """Return filters that are joined."""
    parts = value.get("filters")
    if not isinstance(parts, list) or not parts:
        raise ArgumentError(f"{place}.filters: it must be a list of filters.")
    if not levels:
        raise ArgumentError(f"{place}.filters: at most {MOST_LEVELS} levels.")
    read = [
        one_filter(part, f"{place}.filters[{index}]", levels - 1)
        for index, part in enumerate(parts[: MOST_COMPARISONS + 1])
    ]
    return MetadataCondition(tuple(read), match_all=value["type"] == "and")


def comparison(value: Mapping[str, Any], place: str, kind: Comparison) -> Condition:
    """Return a comparison with an attribute."""
    key = value.get("key")
    if not isinstance(key, str) or not key:
        raise ArgumentError(f"{place}.key: it must be the name of an attribute.")
    given = value.get("value")
    if kind not in LISTS:
        if isinstance(given, str | int | float):
            return Condition(key, kind, given)
        raise ArgumentError(f"{place}.value: it must be a text, a number or a boolean.")
    every = given if isinstance(given, list) else [given]
    members = [member for member in every if isinstance(member, str | int | float)]
    if len(members) != len(every):
        raise ArgumentError(f"{place}.value: it must be a list of texts and numbers.")
    return Condition(key, kind, tuple(members))


def comparisons_in(read: Condition | MetadataCondition) -> int:
    """Return how many comparisons there are."""
    if isinstance(read, Condition):
        return 1
    return sum(map(comparisons_in, read.conditions))


def present_filter(read: Condition | MetadataCondition) -> dict[str, object]:
    """Return a filter as it is told."""
    if isinstance(read, Condition):
        kind = next(name for name, known in COMPARISONS.items() if known is read.comparison)
        value = list(read.value) if isinstance(read.value, tuple) else read.value
        return {"type": kind, "key": read.name, "value": value}
    if len(read.conditions) == 1:
        return present_filter(read.conditions[0])
    kind = "and" if read.match_all else "or"
    return {"type": kind, "filters": [present_filter(part) for part in read.conditions]}


Filter = Annotated[MetadataCondition | None, BeforeValidator(filter_of)]
