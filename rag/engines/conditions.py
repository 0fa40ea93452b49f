"""How metadata compares: the rules behind `MetadataCondition`, and a plain evaluation of them."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.types import MetaValue


@dataclass(frozen=True, slots=True)
class Comparable:
    """A value as it is compared: its text without case and, if it reads as one, its number.

    `numeric` tells a number from a text that merely reads as one.
    """

    text: str
    number: float | None
    numeric: bool


NEGATED: Mapping[Comparison, Comparison] = {
    Comparison.IS_NOT: Comparison.IS,
    Comparison.NOT_CONTAINS: Comparison.CONTAINS,
    Comparison.NOT_IN: Comparison.IN,
    Comparison.EMPTY: Comparison.NOT_EMPTY,
}
"""Comparisons that hold exactly when another one does not."""

_ORDER: Mapping[Comparison, Callable[[float | str, float | str], bool]] = {
    Comparison.GREATER: operator.gt,
    Comparison.LESS: operator.lt,
    Comparison.GREATER_EQUAL: operator.ge,
    Comparison.LESS_EQUAL: operator.le,
}
_TEXTS: Mapping[Comparison, Callable[[str, str], bool]] = {
    Comparison.CONTAINS: operator.contains,
    Comparison.STARTS_WITH: str.startswith,
    Comparison.ENDS_WITH: str.endswith,
}


def _read_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def comparable(value: str | float) -> Comparable:
    """Return the form in which a single value is compared.

    True and false are texts that read as 1 and 0; a number that no float holds is a text.
    """
    text = str(value).casefold()
    if isinstance(value, bool):
        return Comparable(text, float(value), numeric=False)
    number = _read_number(text)
    return Comparable(text, number, numeric=number is not None and not isinstance(value, str))


def members(value: MetaValue) -> list[Comparable]:
    """Return what a metadata value is made of: the members of a list, or itself."""
    if isinstance(value, str | int | float):
        return [comparable(value)]
    return [comparable(member) for member in value]


def same_metadata(one: Mapping[str, MetaValue], other: Mapping[str, MetaValue]) -> bool:
    """Return whether conditions find the same in both."""
    return _sorted_members(one) == _sorted_members(other)


def _sorted_members(metadata: Mapping[str, MetaValue]) -> dict[str, list[Comparable]]:
    found = {name: sorted(members(value), key=repr) for name, value in metadata.items()}
    return {name: values for name, values in found.items() if values}


def operands(condition: Condition) -> list[Comparable]:
    """Return what a condition compares with; IN and NOT IN also take `a, b, c` in one text."""
    value = condition.value
    if condition.comparison in {Comparison.IN, Comparison.NOT_IN} and isinstance(value, str):
        return [comparable(part.strip()) for part in value.split(",")]
    return members(value)


def _equal(member: Comparable, wanted: Comparable) -> bool:
    if member.numeric or wanted.numeric:
        return member.number is not None and member.number == wanted.number
    return member.text == wanted.text


def _ordered(comparison: Comparison, member: Comparable, wanted: Comparable) -> bool:
    compare = _ORDER[comparison]
    if member.number is not None and wanted.number is not None:
        return compare(member.number, wanted.number)
    return not (member.numeric or wanted.numeric) and compare(member.text, wanted.text)


def _satisfies(comparison: Comparison, member: Comparable, wanted: Comparable) -> bool:
    if comparison in _ORDER:
        return _ordered(comparison, member, wanted)
    if comparison in _TEXTS:
        return _TEXTS[comparison](member.text, wanted.text)
    return _equal(member, wanted)


def _holds(condition: Condition, metadata: Mapping[str, MetaValue]) -> bool:
    comparison = NEGATED.get(condition.comparison, condition.comparison)
    found = members(metadata[condition.name]) if condition.name in metadata else []
    if comparison is Comparison.NOT_EMPTY:
        positive = any(member.text for member in found)
    else:
        wanted = operands(condition)
        positive = any(_satisfies(comparison, one, other) for one in found for other in wanted)
    return positive is not (condition.comparison in NEGATED)


def matches(condition: MetadataCondition, metadata: Mapping[str, MetaValue]) -> bool:
    """Return whether a document's metadata meets a condition."""
    verdicts: Sequence[bool] = [
        matches(part, metadata) if isinstance(part, MetadataCondition) else _holds(part, metadata)
        for part in condition.conditions
    ]
    if not verdicts:
        return True
    return all(verdicts) if condition.match_all else any(verdicts)
