"""Doing something to many documents, and taking a deletion back, on the wire."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from typing_extensions import TypedDict

from api.errors import ArgumentError
from api.schemas.base import MAX_IDS, Ids, StorableText, StrictRequest
from api.schemas.condition import MetadataFilter
from api.schemas.run_states import Runs
from api.schemas.sdk.document import Milliseconds
from api.services.ingestion.bulk import Bulk, BulkAction, BulkOutcome
from api.services.library.bin_records import Deletion
from api.services.library.values import DocumentFilter


class BulkFilter(StrictRequest):
    """Which documents; what is not said does not filter, and an unknown name is refused."""

    ids: list[StorableText] = Field(default=[], max_length=MAX_IDS, fail_fast=True)
    keywords: StorableText = ""
    suffix: list[StorableText] = Field(default=[], max_length=100)
    run: Runs = Field(default=[])
    create_time_from: Milliseconds = 0
    create_time_to: Milliseconds = 0
    metadata_condition: MetadataFilter = None

    def wanted(self) -> DocumentFilter:
        """Return which documents."""
        return DocumentFilter(
            keywords=self.keywords.strip(),
            ids=self.ids,
            created_from=self.create_time_from,
            created_to=self.create_time_to,
            suffixes=[suffix.removeprefix(".").lower() for suffix in self.suffix],
            runs=self.run,
            condition=self.metadata_condition,
        )


class BulkRequest(StrictRequest):
    """What to do to which documents: those that pass `filter`, or `all` of the dataset."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"action": "parse", "filter": {"run": ["FAIL"]}}]}
    )

    action: BulkAction
    filter: BulkFilter | None = None
    all: StrictBool = False
    except_ids: Ids = Field(default=[])
    discard_edits: StrictBool = False

    @model_validator(mode="after")
    def said_which(self) -> Self:
        """Refuse to do it to all documents unless that is said in so many words."""
        says_something = self.filter is not None and bool(self.filter.model_fields_set)
        if says_something is self.all:
            raise ArgumentError("`filter` must say which documents, or `all` must be true.")
        if self.discard_edits and self.action != BulkAction.PARSE:
            raise ArgumentError("`discard_edits` goes with the action `parse` alone.")
        return self

    def bulk(self) -> Bulk:
        """Return what to do; raises ArgumentError."""
        wanted = self.filter.wanted() if self.filter else DocumentFilter()
        return Bulk(self.action, wanted, frozenset(self.except_ids), self.discard_edits)


class UndoRequest(StrictRequest):
    """Which deletion to take back, as the answer to it named it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"undo": "5f2d8c1ecc0011f0a1b202fc00000001"}]}
    )

    undo: Annotated[str, Field(min_length=1, max_length=32)]


class BulkAnswer(TypedDict):
    """To how many documents it was done; `skipped` were in a state that forbids or needs nothing.

    A deletion can be taken back by `undo` until `undo_until`, in ms since 1970; null for others.
    `switched` are the documents that were enabled or disabled; null where they are too many for a
    request that takes it back.
    """

    action: str
    count: int
    skipped: int
    undo: str | None
    undo_until: int | None
    switched: Sequence[str] | None


class RestoredAnswer(TypedDict):
    """How many documents there are again."""

    count: int


class DeletionAnswer(TypedDict):
    """Documents that were deleted together, and until when that can be taken back, in ms."""

    undo: str
    undo_until: int
    count: int


class BinAnswer(TypedDict):
    """What can be taken back, the newest first."""

    deletions: list[DeletionAnswer]


def present_bulk(bulk: Bulk, outcome: BulkOutcome) -> BulkAnswer:
    """Return what came of it as it goes out."""
    return {
        "action": bulk.action,
        "count": outcome.count,
        "skipped": outcome.skipped,
        "undo": outcome.undo or None,
        "undo_until": outcome.until or None,
        "switched": outcome.switched if 0 < len(outcome.switched) <= MAX_IDS else None,
    }


def present_restored(count: int) -> RestoredAnswer:
    """Return how many documents there are again."""
    return {"count": count}


def present_bin(found: Sequence[Deletion]) -> BinAnswer:
    """Return what can be taken back as it goes out."""
    return {
        "deletions": [
            {"undo": one.deletion, "undo_until": one.until, "count": one.many} for one in found
        ]
    }
