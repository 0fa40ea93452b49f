"""Reads metadata conditions in the contract's JSON form."""

from collections.abc import Mapping

from rag.engines.base import Comparison, Condition, MetadataCondition
from rag.errors import RagError
from rag.quoting import represented

# Chunk stores nest a test for each condition; SQLite takes less than a thousand deep.
_MOST_CONDITIONS = 500

_SYNONYMS: Mapping[str, Comparison] = {
    "=": Comparison.IS,
    "==": Comparison.IS,
    "≠": Comparison.IS_NOT,
    "!=": Comparison.IS_NOT,
    "is not": Comparison.IS_NOT,
    ">=": Comparison.GREATER_EQUAL,
    "<=": Comparison.LESS_EQUAL,
    "starts with": Comparison.STARTS_WITH,
    "ends with": Comparison.ENDS_WITH,
}


class InvalidConditionError(RagError, ValueError):
    """A metadata condition cannot be read; the text names the field and what belongs there."""


def _read_comparison(value: object, place: str) -> Comparison:
    names = {comparison.value: comparison for comparison in Comparison} | dict(_SYNONYMS)
    if not isinstance(value, str) or value.strip().lower() not in names:
        raise InvalidConditionError(
            f"`{place}.comparison_operator` is {represented(value)}: use one of "
            f"{', '.join(comparison.value for comparison in Comparison)}."
        )
    return names[value.strip().lower()]


def _read_value(value: object, place: str) -> str | int | float | tuple[str | int | float, ...]:
    if isinstance(value, str | int | float):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        members = tuple(member for member in value if isinstance(member, str | int | float))
        if len(members) == len(value):
            return members
    raise InvalidConditionError(f"`{place}.value` must be a text, a number or a list of them.")


def _read_condition(value: object, place: str) -> Condition:
    if not isinstance(value, Mapping):
        raise InvalidConditionError(f"`{place}` must be an object.")
    name = value.get("name")
    if not isinstance(name, str) or not name:
        raise InvalidConditionError(f"`{place}.name` must be the name of a metadata field.")
    comparison = _read_comparison(value.get("comparison_operator", Comparison.IS), place)
    return Condition(name, comparison, _read_value(value.get("value", ""), place))


def read_condition(value: object, field: str = "metadata_condition") -> MetadataCondition | None:
    """Return the condition that a decoded JSON value means; None where it asks for nothing.

    `field` is what error messages call the value.
    """
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidConditionError(f"`{field}` must be an object.")
    logic = value.get("logic") or "and"
    if logic not in ("and", "or"):
        raise InvalidConditionError(f"`{field}.logic` must be `and` or `or`.")
    listed = value.get("conditions") or []
    if not isinstance(listed, list):
        raise InvalidConditionError(f"`{field}.conditions` must be a list.")
    if len(listed) > _MOST_CONDITIONS:
        raise InvalidConditionError(
            f"`{field}.conditions` must be at most {_MOST_CONDITIONS}, not {len(listed)}."
        )
    conditions = tuple(
        _read_condition(part, f"{field}.conditions[{index}]") for index, part in enumerate(listed)
    )
    return MetadataCondition(conditions, match_all=logic == "and") if conditions else None
