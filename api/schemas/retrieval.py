"""Searching datasets for passages, on the wire."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from api.errors import RuleError
from api.schemas.base import MAX_IDS, LenientFlag, NullFreeRequest, PageQuery
from rag.engines.base import Comparison, Condition, MetadataCondition

MAX_TOP_K = 10_000
MAX_QUESTION = 65_535

Number = Annotated[float, Field(allow_inf_nan=False)]
Weight = Annotated[Number, AfterValidator(lambda value: min(max(value, 0.0), 1.0))]
"""A number that is clamped to [0, 1]."""

SYNONYMS = {"=": "is", "==": "is", "≠": "not is", "!=": "not is", "is not": "not is"} | {
    ">=": "≥",
    "<=": "≤",
    "starts with": "start with",
    "ends with": "end with",
}
"""Other ways in which clients write a comparison."""


class ConditionPart(NullFreeRequest):
    """One comparison with a document's metadata."""

    name: str = Field(min_length=1)
    comparison_operator: Comparison
    value: str | int | float | list[str | int | float] = ""

    @field_validator("comparison_operator", mode="before")
    @classmethod
    def usual_name(cls, operator: Any) -> Any:
        """Take a comparison by any of its names."""
        return SYNONYMS.get(operator, operator) if isinstance(operator, str) else operator

    def as_condition(self) -> Condition:
        """Return the engine's form."""
        value = tuple(self.value) if isinstance(self.value, list) else self.value
        return Condition(self.name, self.comparison_operator, value)


class MetadataPart(NullFreeRequest):
    """Comparisons with a document's metadata, joined by `and` or `or`."""

    logic: Literal["and", "or"] = "and"
    conditions: list[ConditionPart] = Field(default=[], max_length=100)

    def as_condition(self) -> MetadataCondition | None:
        """Return the engine's form, or None when there is nothing to compare."""
        if not self.conditions:
            return None
        parts = tuple(part.as_condition() for part in self.conditions)
        return MetadataCondition(parts, match_all=self.logic == "and")


class RetrievalRequest(NullFreeRequest, PageQuery):
    """What to search for and where; a null counts as not given.

    `keyword`, `cross_languages`, `use_kg` and `toc_enhance` need a model for rewriting questions
    and have no effect without one.
    """

    dataset_ids: list[str] = Field(min_length=1, max_length=MAX_IDS)
    question: str = Field(max_length=MAX_QUESTION)
    document_ids: list[str] = Field(default=[], max_length=MAX_IDS)
    similarity_threshold: Number = 0.2
    vector_similarity_weight: Weight = 0.3
    top_k: int = Field(1024, le=MAX_TOP_K)
    rerank_id: str = ""
    highlight: bool = False
    keyword: LenientFlag = False
    use_kg: LenientFlag = False
    toc_enhance: LenientFlag = False
    cross_languages: list[str] = Field(default=[], max_length=100)
    metadata_condition: MetadataPart = MetadataPart()

    @model_validator(mode="before")
    @classmethod
    def required(cls, values: Any) -> Any:
        """Name the keys that no search goes without."""
        for key in ("dataset_ids", "question"):
            if isinstance(values, dict) and values.get(key) is None:
                raise RuleError(f"`{key}` is required.")
        return values

    @field_validator("dataset_ids", mode="before")
    @classmethod
    def datasets_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs, and an empty list."""
        if not isinstance(value, list):
            raise RuleError("`dataset_ids` should be a list")
        if not value:
            raise RuleError("`dataset_ids` is required.")
        return value

    @field_validator("document_ids", mode="before")
    @classmethod
    def documents_are_listed(cls, value: Any) -> Any:
        """Refuse a single id where a list belongs."""
        if not isinstance(value, list):
            raise RuleError("`documents` should be a list")
        return value

    @field_validator("top_k")
    @classmethod
    def top_k_is_positive(cls, value: int) -> int:
        """Refuse to look at no candidates at all."""
        if value <= 0:
            raise RuleError("`top_k` must be greater than 0")
        return value

    @field_validator("highlight", mode="before")
    @classmethod
    def highlight_is_a_flag(cls, value: Any) -> Any:
        """Take the texts True and False for what they say."""
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        raise RuleError("`highlight` should be a boolean")

    @field_validator("rerank_id")
    @classmethod
    def no_reranking(cls, value: str) -> str:
        """Refuse a reranking model, as there are none."""
        if value:
            raise RuleError(
                f"Reranking models are not available: leave `rerank_id` out instead of {value}."
            )
        return value
