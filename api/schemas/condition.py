"""Conditions on the metadata of documents, as all doors take them."""

from typing import Annotated, Literal, Required

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from api.schemas.structure import MOST_VALUES
from rag.engines.base import MetadataCondition
from rag.retrieval.conditions import read_condition

MOST_CONDITIONS = 500

Value = str | float | Annotated[list[str | float], Field(max_length=MOST_VALUES)]


class ComparisonInput(TypedDict, total=False):
    """A comparison with a field of the metadata; without an operator it must be the same."""

    name: Required[str]
    comparison_operator: str
    value: Value


class ConditionInput(TypedDict, total=False):
    """Comparisons of which all must hold, or one (`or`)."""

    logic: Literal["and", "or"]
    conditions: Annotated[list[ComparisonInput], Field(max_length=MOST_CONDITIONS)]


MetadataFilter = Annotated[
    MetadataCondition | None,
    BeforeValidator(read_condition, json_schema_input_type=ConditionInput | None),
]
"""A metadata condition in the contract's JSON form."""
