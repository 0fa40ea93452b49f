"""Searches of Dify's workflows and chats, and the records that they read."""

from typing import Annotated, Any, NotRequired, Required

from pydantic import BeforeValidator, ConfigDict, Field
from typing_extensions import TypedDict

from api.errors import RuleError
from api.schemas.base import NullFreeRequest, UnbuiltFlag
from api.schemas.condition import MOST_CONDITIONS, Value
from api.services.search.values import Search
from rag.engines.base import Hit, MetadataCondition, SearchResult
from rag.retrieval.conditions import read_condition

MOST_QUESTION = 16_384
MOST_RECORDS = 1024

SAID_OTHERWISE = {"before": "<", "after": ">", "is not": "not is"}
"""Comparisons that Dify calls otherwise."""


def condition_of(value: Any) -> MetadataCondition | None:
    """Return Dify's metadata condition; raises InvalidConditionError, RuleError.

    It has a list of names where the others have one name, and another word for how conditions are
    joined.
    """
    if not isinstance(value, dict):
        return read_condition(value)
    conditions = value.get("conditions") or []
    logic = value.get("logical_operator") or value.get("logic") or "and"
    if not isinstance(conditions, list):
        return read_condition(value)
    return read_condition(
        {
            "logic": logic,
            "conditions": [one for item in conditions for one in named(item, str(logic))],
        }
    )


def named(item: Any, logic: str) -> list[Any]:
    """Return a condition for each of its names; several are only clear where one has to hold."""
    if not isinstance(item, dict):
        return [item]
    operator = item.get("comparison_operator")
    told = {**item, "comparison_operator": SAID_OTHERWISE.get(str(operator), operator)}
    names = item.get("name")
    if not isinstance(names, list):
        return [told]
    if len(names) != 1 and logic != "or":
        raise RuleError("metadata_condition: several names in one condition need `or`.")
    return [{**told, "name": name} for name in names]


class DifyComparison(TypedDict, total=False):
    """A comparison with one of some fields of the metadata."""

    name: Required[str | Annotated[list[str], Field(max_length=MOST_CONDITIONS)]]
    comparison_operator: str
    value: Value | None


class DifyCondition(TypedDict, total=False):
    """Comparisons of which all must hold, or one (`or`)."""

    logical_operator: str
    conditions: Annotated[list[DifyComparison], Field(max_length=MOST_CONDITIONS)]


class Setting(NullFreeRequest):
    """How many records, and from which score on."""

    top_k: int = Field(MOST_RECORDS, ge=1, le=MOST_RECORDS)
    score_threshold: float = Field(0.0, ge=0, le=1)


class RetrievalRequest(NullFreeRequest):
    """What to search for in the dataset `knowledge_id`, or in several with commas between."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    knowledge_id: str = Field(min_length=1, max_length=4096)
    query: str = Field(max_length=MOST_QUESTION)
    retrieval_setting: Setting = Setting()
    use_kg: UnbuiltFlag = False
    metadata_condition: Annotated[
        MetadataCondition | None,
        BeforeValidator(condition_of, json_schema_input_type=DifyCondition | None),
    ] = None

    def wanted(self) -> Search:
        """Return what is asked; raises RuleError where no dataset is named."""
        ids = [part.strip() for part in self.knowledge_id.split(",") if part.strip()]
        if not ids:
            raise RuleError("knowledge_id: it must be the id of a dataset.")
        return Search(
            self.query,
            tuple(dict.fromkeys(ids)),
            limit=self.retrieval_setting.top_k,
            threshold=self.retrieval_setting.score_threshold,
            condition=self.metadata_condition,
        )


class RecordMetadata(TypedDict):
    """Where a record is from. Dify's workflows get nothing of a record without it."""

    document_id: str
    doc_id: str
    document_name: str
    dataset_id: str
    path: str
    page: NotRequired[int]
    headings: NotRequired[list[str]]


class RecordAnswer(TypedDict):
    """A passage; `score` in [0, 1]."""

    content: str
    score: float
    title: str
    metadata: RecordMetadata


class RecordsAnswer(TypedDict):
    """The passages that fit, best first."""

    records: list[RecordAnswer]


class HealthAnswer(TypedDict):
    """That the key is valid."""

    status: str


class RefusalAnswer(TypedDict):
    """An error."""

    error_code: int
    error_msg: str


def present_refusal(code: int, message: str) -> RefusalAnswer:
    """Return an error."""
    return {"error_code": code, "error_msg": message}


def present_health() -> HealthAnswer:
    """Return that the key is valid."""
    return {"status": "ok"}


def present_records(found: SearchResult) -> RecordsAnswer:
    """Return what a search found."""
    return {"records": [present_record(hit) for hit in found.hits]}


def present_record(hit: Hit) -> RecordAnswer:
    """Return a passage."""
    chunk = hit.chunk
    metadata: RecordMetadata = {
        "document_id": chunk.document_id,
        "doc_id": chunk.document_id,
        "document_name": hit.document_name,
        "dataset_id": chunk.dataset_id,
        "path": hit.document_path or hit.document_name,
    }
    if chunk.positions:
        metadata["page"] = chunk.positions[0].page
    if chunk.headings:
        metadata["headings"] = [*chunk.headings]
    return {
        "content": chunk.content,
        "score": hit.similarity,
        "title": hit.document_name,
        "metadata": metadata,
    }
