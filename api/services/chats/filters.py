"""Filters of documents by their metadata that assistants and search apps keep."""

from collections.abc import Mapping
from typing import Any

from rag.engines.base import MetadataCondition
from rag.retrieval.conditions import read_condition

FIELD = "meta_data_filter"
"""By what name a filter is kept and told."""


def condition_of(kept: Mapping[str, Any]) -> MetadataCondition | None:
    """Return the condition that a filter means; raises InvalidConditionError for none such."""
    parts = [
        {"name": part.get("key"), "comparison_operator": part.get("op"), "value": part.get("value")}
        for part in kept.get("manual", ())
    ]
    return read_condition({"logic": kept.get("logic"), "conditions": parts}, FIELD)


def both(
    one: MetadataCondition | None, other: MetadataCondition | None
) -> MetadataCondition | None:
    """Return a condition that is fulfilled where both are."""
    given = tuple(condition for condition in (one, other) if condition is not None)
    return MetadataCondition(given) if len(given) > 1 else next(iter(given), None)
