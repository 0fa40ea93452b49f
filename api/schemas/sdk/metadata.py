"""The metadata of datasets' documents, on the wire."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_IDS, Request, StorableText
from api.schemas.condition import MetadataFilter
from api.schemas.metadata import checked_metadata
from api.services.library.metadata_edits import (
    EditedMetadata,
    FieldRemoval,
    FieldValue,
    MetadataEdit,
    MetadataSelector,
)
from api.services.library.records import FieldSummary, MetadataValues

MOST_EDITS = 100
MOST_DATASETS = 100


def checked_value(value: Any) -> Any:
    """Refuse what cannot stand in metadata: it is a text, a number, or a list of these."""
    if value is not None:
        checked_metadata({"value": value})
    return value


Key = Annotated[StorableText, Field(min_length=1, max_length=255)]
Value = Annotated[
    str | int | float | Annotated[list[str | int | float], Field(max_length=1000)],
    AfterValidator(checked_value),
]


class SelectorInput(Request):
    """Which documents: those with one of the ids, and such metadata; all, where nothing is said."""

    document_ids: Annotated[list[StorableText], Field(max_length=MAX_IDS)] | None = None
    metadata_condition: MetadataFilter = None


class UpdateInput(Request):
    """A field and its new value, where it has the value `match`, or any and none without that."""

    key: Key
    value: Value
    match: Value | None = None


class RemovalInput(Request):
    """A field that is to go, or only this value of it."""

    key: Key
    value: Value | None = None


class MetadataEditRequest(Request):
    """What to change in the metadata of documents."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "selector": {"document_ids": ["d46a9d3ccd2b11f08d9c0242ac120002"]},
                    "updates": [{"key": "state", "match": "draft", "value": "final"}],
                    "deletes": [{"key": "owner"}],
                }
            ]
        }
    )

    selector: SelectorInput | None = None
    updates: Annotated[list[UpdateInput], Field(max_length=MOST_EDITS)] | None = None
    deletes: Annotated[list[RemovalInput], Field(max_length=MOST_EDITS)] | None = None

    @model_validator(mode="after")
    def something_is_asked(self) -> Self:
        """Refuse a request that would change nothing."""
        if not self.updates and not self.deletes:
            raise ArgumentError("updates: give `updates` or `deletes`, at least one of either.")
        return self

    def chosen(self) -> MetadataSelector:
        """Return which documents."""
        selector = self.selector or SelectorInput()
        return MetadataSelector(selector.document_ids, selector.metadata_condition)

    def edit(self) -> MetadataEdit:
        """Return what to do with them."""
        return MetadataEdit(
            [FieldValue(item.key, item.value, item.match) for item in self.updates or ()],
            [FieldRemoval(item.key, item.value) for item in self.deletes or ()],
        )


class DatasetsQuery(Request):
    """Which datasets, repeated or with commas between."""

    dataset_ids: list[StorableText] = Field(default=[], max_length=MOST_DATASETS)

    def chosen(self) -> list[str]:
        """Return the ids, each once; raises ArgumentError where there are none."""
        parts = (part.strip() for given in self.dataset_ids for part in given.split(","))
        ids = list(dict.fromkeys(part for part in parts if part))
        if not 0 < len(ids) <= MOST_DATASETS:
            raise ArgumentError(f"dataset_ids: name at least one dataset, {MOST_DATASETS} at most.")
        return ids


class EditedAnswer(TypedDict):
    """How many documents were chosen, and how many of them have other metadata now."""

    updated: int
    matched_docs: int


def present_edited(edited: EditedMetadata) -> EditedAnswer:
    """Return what a change of metadata did."""
    return {"updated": edited.changed, "matched_docs": edited.chosen}


def present_flattened(values: MetadataValues) -> Mapping[str, Mapping[str, list[str]]]:
    """Return the ids of documents by the values that they have, by the names of the fields."""
    return values


class ShownField(TypedDict):
    """The values of a field, each with how many documents have it."""

    type: str
    values: list[tuple[str | int | float, int]]


class Summary(TypedDict):
    """The fields of metadata by name."""

    summary: dict[str, ShownField]


def present_summary(fields: Sequence[FieldSummary]) -> Summary:
    """Return what the metadata of documents hold."""
    return {
        "summary": {
            field.name: {"type": kind_of(field), "values": list(field.values)} for field in fields
        }
    }


def kind_of(field: FieldSummary) -> str:
    """Return of which kind the values of a field are."""
    return "string" if any(isinstance(value, str) for value, _ in field.values) else "number"
